package dev.parley.bench.topic;

import java.util.OptionalDouble;

/// What one product adds to the report.
final class Column {

    private final Report report;
    private final Product product;

    Column(Report report, Product product) {
        this.report = report;
        this.product = product;
    }

    Product product() {
        return product;
    }

    void add(String work, Measure measure, double figure) {
        report.add(work, measure, product, figure);
    }

    /// Adds a figure, if it could be taken.
    void add(String work, Measure measure, OptionalDouble figure) {
        figure.ifPresent(value -> add(work, measure, value));
    }

    OptionalDouble figure(String work, Measure measure) {
        return report.figure(work, measure, product);
    }

    /// Adds a sentence below the table.
    void note(String work, String sentence) {
        report.note(product.title() + (work.isEmpty() ? "" : ", " + work) + ": " + sentence);
    }
}
