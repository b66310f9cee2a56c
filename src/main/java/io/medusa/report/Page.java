package io.medusa.report;

import static j2html.TagCreator.attrs;
import static j2html.TagCreator.body;
import static j2html.TagCreator.caption;
import static j2html.TagCreator.dd;
import static j2html.TagCreator.div;
import static j2html.TagCreator.dl;
import static j2html.TagCreator.document;
import static j2html.TagCreator.dt;
import static j2html.TagCreator.each;
import static j2html.TagCreator.footer;
import static j2html.TagCreator.h1;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.head;
import static j2html.TagCreator.header;
import static j2html.TagCreator.html;
import static j2html.TagCreator.iff;
import static j2html.TagCreator.li;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.section;
import static j2html.TagCreator.span;
import static j2html.TagCreator.strong;
import static j2html.TagCreator.style;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.title;
import static j2html.TagCreator.tr;
import static j2html.TagCreator.ul;

import io.medusa.catalog.BackupState;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.SpaceUsage;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Count;
import io.medusa.model.Coverage;
import io.medusa.model.NodeName;
import io.medusa.report.Problem.Severity;
import j2html.tags.DomContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A report as one HTML page: no scripts, no external resources, accessible tables, legible on a phone
 * and in dark mode.
 */
public final class Page {
    /** Allows only the page's own style, so that names of backups and nodes cannot load or run anything. */
    public static final String POLICY = "default-src 'none'; style-src 'unsafe-inline'";

    private static final List<String> COLUMNS =
            List.of("Backup", "Started", "Nodes", "Size", "New", "Took", "Verified", "Kept until");

    private final Report report;

    private Page(Report report) {
        this.report = report;
    }

    /** The text of the page. */
    public static String of(Report report) {
        return new Page(report).text();
    }

    private static String css() {
        try (InputStream in = Page.class.getResourceAsStream("report.css")) {
            return new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private String text() {
        return document(html(
                        head(
                                meta().withCharset("utf-8"),
                                meta().attr("http-equiv", "Content-Security-Policy")
                                        .withContent(POLICY),
                                meta().withName("viewport").withContent("width=device-width, initial-scale=1"),
                                meta().withName("color-scheme").withContent("light dark"),
                                title("Backups: " + headline()),
                                style(rawHtml(css()))),
                        body(
                                header(
                                        h1("Backups of Cassandra"),
                                        p(report.where() + " · as of " + Text.time(report.made()))),
                                main(each(sections(), section -> section)),
                                footer(p("Made by medusa report."))))
                .withLang("en"));
    }

    private List<DomContent> sections() {
        List<DomContent> sections = new ArrayList<>();
        sections.add(verdict());
        if (!report.problems().isEmpty()) {
            sections.add(problems());
        }
        if (!report.entries().isEmpty()) {
            sections.addAll(List.of(tiles(), new Timeline(report.entries()).content(), backups()));
            report.coverage().ifPresent(known -> sections.add(coverage(known)));
            if (report.limited()) {
                sections.add(retention());
            }
        }
        return sections;
    }

    private String headline() {
        long bad = report.problems().stream()
                .filter(problem -> problem.severity() == Severity.BAD)
                .count();
        if (bad > 0) {
            return Count.of(bad, "problem");
        }
        int warnings = report.problems().size();
        return warnings == 0 ? "all is well" : Count.of(warnings, "warning");
    }

    private DomContent verdict() {
        boolean bad = report.problems().stream().anyMatch(problem -> problem.severity() == Severity.BAD);
        String kind = bad ? "bad" : report.problems().isEmpty() ? "good" : "warning";
        String words = headline();
        return p(words.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + words.substring(1))
                .withClasses("verdict", kind)
                .attr("role", "status");
    }

    private DomContent problems() {
        return section(attrs("#problems"), h2("Problems"), ul(each(report.problems(), Page::problem)));
    }

    private static DomContent problem(Problem problem) {
        boolean bad = problem.severity() == Severity.BAD;
        return li(strong(bad ? "Problem: " : "Warning: "), span(problem.text()), p(problem.advice()))
                .withClass(bad ? "bad" : "warning");
    }

    private DomContent tiles() {
        Map<String, String> tiles = new java.util.LinkedHashMap<>();
        tiles.put(
                "Newest complete backup",
                report.newestComplete()
                        .flatMap(entry -> entry.backup().finished())
                        .map(finished -> Text.about(Duration.between(finished, report.made())) + " old")
                        .orElse("none"));
        tiles.put("Backups", String.valueOf(report.entries().size() + report.older()));
        tiles.put(
                "Nodes",
                String.valueOf(
                        report.entries().get(0).backup().tokenMap().nodes().size()));
        tiles.put(
                "Size of the newest",
                Text.size(report.entries().get(0).summary().size()));
        perDay().ifPresent(bytes -> tiles.put("New data a day", Text.size(bytes)));
        tiles.put(
                "Last verified",
                report.entries().stream()
                        .flatMap(entry -> entry.verified().last().stream())
                        .map(last -> last.getValue().at())
                        .max(Instant::compareTo)
                        .map(at -> Text.about(Duration.between(at, report.made())) + " ago")
                        .orElse("never"));
        return dl(each(tiles.entrySet(), tile -> div(dt(tile.getKey()), dd(tile.getValue()))))
                .withClass("tiles");
    }

    /** The new data that backups after the first shown have added, divided by their duration. */
    private Optional<Long> perDay() {
        List<Entry> entries = report.entries();
        if (entries.size() < 2
                || entries.stream().anyMatch(entry -> entry.share().isEmpty())) {
            return Optional.empty();
        }
        Duration time = Duration.between(
                entries.get(entries.size() - 1).backup().started(),
                entries.get(0).backup().started());
        long added = entries.subList(0, entries.size() - 1).stream()
                .mapToLong(entry -> entry.share().map(SpaceUsage::fresh).orElse(0L))
                .sum();
        return time.toHours() < 12
                ? Optional.empty()
                : Optional.of((long) (added * (double) Duration.ofDays(1).toSeconds() / time.toSeconds()));
    }

    private DomContent backups() {
        long largest = report.entries().stream()
                .mapToLong(entry -> entry.summary().size())
                .max()
                .orElse(0);
        long longest = report.entries().stream()
                .mapToLong(entry -> took(entry).map(Duration::toMillis).orElse(0L))
                .max()
                .orElse(0);
        return section(
                h2("Sizes and durations"),
                Tables.scrolling(
                        "Sizes and durations",
                        table(
                                        caption("Newest first. The highlighted part of a size is new data, which no"
                                                + " earlier backup shown has."),
                                        thead(tr(each(COLUMNS, Tables::column))),
                                        tbody(each(report.entries(), entry -> row(entry, largest, longest))))
                                .withClass("backups")),
                iff(report.older() > 0, p(report.older() + " older backups are not shown.")));
    }

    private static Optional<Duration> took(Entry entry) {
        return entry.backup()
                .finished()
                .map(finished -> Duration.between(entry.backup().started(), finished));
    }

    private DomContent row(Entry entry, long largest, long longest) {
        BackupSummary summary = entry.summary();
        ClusterBackup backup = entry.backup();
        long fresh = entry.share().map(SpaceUsage::fresh).orElse(0L);
        BackupState state = summary.state(false);
        int total = backup.tokenMap().nodes().size();
        int finished = backup.completeNodes().size();
        return tr(
                th(
                                span(backup.name().value()),
                                span(backup.mode().word()
                                                + (entry.pinned() ? ", pinned" : "")
                                                + (backup.scope().isAll() ? "" : ", partial"))
                                        .withClass("more"))
                        .attr("scope", "row"),
                td(Text.time(backup.started())).attr("data-label", "Started"),
                td(
                                span((backup.isComplete() ? "● " : "◐ ") + finished + " of "
                                        + Math.max(total, finished)),
                                iff(!backup.isComplete(), span(state.word()).withClass("more")))
                        .withClass(
                                backup.isComplete()
                                        ? "good"
                                        : state == BackupState.FAILED || state == BackupState.DIED ? "bad" : "warning")
                        .attr("data-label", "Nodes"),
                td(span(Text.size(summary.size())), sizeBar(summary.size(), fresh, largest))
                        .attr("data-label", "Size"),
                td(entry.share().map(share -> Text.size(share.fresh())).orElse("–"))
                        .attr("data-label", "New"),
                td(
                                span(took(entry).map(Text::duration).orElse("–")),
                                bar("took", took(entry).map(Duration::toMillis).orElse(0L), longest))
                        .attr("data-label", "Took"),
                td(span(verified(entry)), span(verifiedWhen(entry)).withClass("more"))
                        .withClass(
                                entry.verified().open() > 0
                                        ? "bad"
                                        : entry.verified().levels().isEmpty() ? "none" : "good")
                        .attr("data-label", "Verified"),
                td(keptUntil(entry)).attr("data-label", "Kept until"));
    }

    private static DomContent sizeBar(long size, long fresh, long largest) {
        return div(
                        div().withClass("new").withStyle(width(Math.min(fresh, size), largest)),
                        div().withClass("reused").withStyle(width(Math.max(0, size - fresh), largest)))
                .withClass("bar")
                .attr("aria-hidden", "true");
    }

    private static DomContent bar(String kind, long value, long largest) {
        return div(div().withClass(kind).withStyle(width(value, largest)))
                .withClass("bar")
                .attr("aria-hidden", "true");
    }

    private static String width(long value, long largest) {
        return "width:" + (largest == 0 ? 0 : Math.round(1000.0 * value / largest) / 10.0) + "%";
    }

    private static String verified(Entry entry) {
        if (entry.verified().open() > 0) {
            return "✕ " + Count.of(entry.verified().open(), "problem");
        }
        return entry.verified().levels().isEmpty() ? "never" : "● good";
    }

    private static String verifiedWhen(Entry entry) {
        return entry.verified().levels().entrySet().stream()
                .sorted(Comparator.comparing(level -> level.getValue().at(), Comparator.reverseOrder()))
                .map(level ->
                        level.getKey() + ", " + Text.time(level.getValue().at()).substring(0, 16))
                .collect(Collectors.joining("; "));
    }

    private String keptUntil(Entry entry) {
        if (entry.pinned()) {
            return "unpinned";
        }
        if (!report.limited()) {
            return "no retention rule";
        }
        return entry.leaves()
                .map(leaves -> leaves.isAfter(report.made()) ? Text.day(leaves) : "the next purge")
                .orElse("more than " + Retention.DAYS_AHEAD + " days");
    }

    private DomContent coverage(Coverage known) {
        return section(
                h2("Coverage"),
                Tables.scrolling(
                        "Coverage",
                        table(
                                caption("Token ranges of which the newest backup has at least one replica."),
                                thead(tr(each(
                                        List.of("Keyspace", "Ranges", "Covered", "Missing ranges are on"),
                                        Tables::column))),
                                tbody(each(known.keyspaces(), Page::coverageRow)))));
    }

    private static DomContent coverageRow(Coverage.OfKeyspace keyspace) {
        return tr(
                th(keyspace.keyspace()).attr("scope", "row"),
                td(String.valueOf(keyspace.ranges())),
                td((keyspace.isWhole() ? "● " : "✕ ") + keyspace.covered())
                        .withClass(keyspace.isWhole() ? "good" : "bad"),
                td(keyspace.wanting().stream().map(NodeName::value).collect(Collectors.joining(", "))));
    }

    private DomContent retention() {
        Map<String, Integer> byDay = new java.util.TreeMap<>();
        Map<String, Long> bytes = new HashMap<>();
        for (Entry entry : report.entries()) {
            entry.leaves().ifPresent(leaves -> {
                String day = Text.day(leaves);
                byDay.merge(day, 1, Integer::sum);
                bytes.merge(day, entry.share().map(SpaceUsage::unique).orElse(0L), Long::sum);
            });
        }
        return section(
                h2("Retention"),
                p("If backups continue"
                        + report.rhythm()
                                .map(every -> " every " + Text.about(every))
                                .orElse("")
                        + ", these backups expire in the next " + Retention.DAYS_AHEAD
                        + " days. The sizes are lower bounds: data that"
                        + " only expiring backups share is freed, too."),
                byDay.isEmpty()
                        ? p("None.")
                        : Tables.scrolling(
                                "Retention",
                                table(
                                        caption("Backups that will expire"),
                                        thead(tr(each(List.of("Day", "Backups", "At least"), Tables::column))),
                                        tbody(each(
                                                byDay.entrySet(),
                                                day -> tr(
                                                        th(day.getKey()).attr("scope", "row"),
                                                        td(String.valueOf(day.getValue())),
                                                        td(Text.size(bytes.getOrDefault(day.getKey(), 0L)))))))));
    }
}
