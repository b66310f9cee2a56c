package io.medusa.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.th;

import j2html.tags.DomContent;

/** Pieces of the report's tables. */
final class Tables {
    private Tables() {}

    /** A wide element that scrolls on its own on a small screen, also by keyboard. */
    static DomContent scrolling(String label, DomContent content) {
        return div(content)
                .withClass("scrolling")
                .withTabindex(0)
                .attr("role", "region")
                .attr("aria-label", label);
    }

    static DomContent column(String name) {
        return th(name).attr("scope", "col");
    }
}
