package io.medusa.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.details;
import static j2html.TagCreator.each;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.p;
import static j2html.TagCreator.section;
import static j2html.TagCreator.span;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.NodeState;
import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.repository.Run;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A grid of nodes and backups: nodes with missing backups first; in large clusters the others are listed by name only. */
final class Timeline {
    private static final int MOST_COLUMNS = 30;
    /** Up to this number, all nodes are shown. */
    private static final int FEW = 20;

    private static final int MOST_ROWS = 200;
    private static final Pattern DIGITS = Pattern.compile("[0-9]+");

    private final List<Column> columns = new ArrayList<>();
    private final List<NodeName> lacking = new ArrayList<>();
    private final List<NodeName> whole = new ArrayList<>();

    /** @param entries newest first */
    Timeline(List<Entry> entries) {
        entries.stream()
                .limit(MOST_COLUMNS)
                .map(entry -> new Column(entry.summary()))
                .forEach(columns::add);
        Collections.reverse(columns);
        Set<NodeName> nodes = new TreeSet<>(Comparator.comparing(Timeline::padded));
        columns.forEach(column -> nodes.addAll(column.states.keySet()));
        for (NodeName node : nodes) {
            boolean lacksNothing = columns.stream().allMatch(column -> column.of(node) == State.FINISHED);
            (lacksNothing ? whole : lacking).add(node);
        }
    }

    /** Pads numbers, so that 10.0.0.9 sorts before 10.0.0.10. */
    private static String padded(NodeName node) {
        return DIGITS.matcher(node.value())
                .replaceAll(digits -> "0".repeat(Math.max(0, 20 - digits.group().length())) + digits.group());
    }

    private enum State {
        FINISHED("good", "●", "finished"),
        RUNNING("warning", "◔", "running"),
        UNFINISHED("warning", "◐", "not finished"),
        FAILED("bad", "!", "failed"),
        MISSING("bad", "✕", "missing"),
        ABSENT("none", "·", "not in the ring");

        private final String kind;
        private final String sign;
        private final String words;

        State(String kind, String sign, String words) {
            this.kind = kind;
            this.sign = sign;
            this.words = words;
        }

        static State of(NodeState state) {
            return switch (state) {
                case FINISHED -> FINISHED;
                case RUNNING, WAITING -> RUNNING;
                case FAILED, DIED -> FAILED;
                case UNFINISHED -> UNFINISHED;
                case MISSING -> MISSING;
            };
        }
    }

    /** One backup. */
    private static final class Column {
        private final String name;
        private final Map<NodeName, State> states = new HashMap<>();
        private final Map<NodeName, Run> runs;

        Column(BackupSummary summary) {
            this.name = summary.backup().name().value();
            this.runs = summary.runs();
            summary.states().forEach((node, state) -> states.put(node, State.of(state)));
        }

        String words(NodeName node) {
            Run run = runs.get(node);
            return run == null ? of(node).words : RunText.of(run);
        }

        State of(NodeName node) {
            return states.getOrDefault(node, State.ABSENT);
        }
    }

    DomContent content() {
        List<NodeName> rows = new ArrayList<>(lacking.subList(0, Math.min(MOST_ROWS, lacking.size())));
        boolean few = lacking.size() + whole.size() <= FEW;
        if (few) {
            rows.addAll(whole);
        }
        List<DomContent> parts = new ArrayList<>();
        parts.add(h2("Timeline"));
        if (!rows.isEmpty()) {
            parts.add(grid(rows));
            parts.add(p(each(List.of(State.values()), state -> span(state.sign + " " + state.words)
                            .withClass(state.kind)))
                    .withClass("legend"));
        }
        if (lacking.size() > rows.size()) {
            parts.add(p("And " + Count.of(lacking.size() - rows.size(), "more node") + " with missing backups."));
        }
        if (!few && !whole.isEmpty()) {
            parts.add(details(
                    summary("All of these backups: " + whole.size() + " of " + (whole.size() + lacking.size())
                            + " nodes"),
                    p(whole.stream().map(NodeName::value).collect(Collectors.joining(", ")))));
        }
        return section(each(parts, part -> part));
    }

    private DomContent grid(List<NodeName> rows) {
        return Tables.scrolling(
                "Timeline",
                table(
                                caption("Backups of each node, newest on the right."),
                                thead(tr(Tables.column("Node"), each(columns, column -> th(span(column.name))
                                        .attr("scope", "col")))),
                                tbody(each(
                                        rows,
                                        node -> tr(
                                                th(node.value()).attr("scope", "row"),
                                                each(columns, column -> cell(column, node))))))
                        .withClass("timeline"));
    }

    private static DomContent cell(Column column, NodeName node) {
        State state = column.of(node);
        return td(
                        span(state.sign).attr("aria-hidden", "true"),
                        span(state.words).withClass("spoken"))
                .withClass(state.kind)
                .withTitle(node + ", " + column.name + ": " + column.words(node));
    }
}
