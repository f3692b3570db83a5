package dev.parley.cli;

import java.util.ArrayList;
import java.util.List;

/// Rows in aligned columns; numbers to the right.
final class Table {
    private final String whenEmpty;
    private final List<String> heads;
    private final List<List<String>> rows = new ArrayList<>();

    /// @param whenEmpty what to say when there are no rows: `no queues`
    Table(String whenEmpty, String... heads) {
        this.whenEmpty = whenEmpty;
        this.heads = List.of(heads);
    }

    void add(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(visible(String.valueOf(cell)));
        }
        rows.add(row);
    }

    /// A name is never a command to the terminal.
    private static String visible(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    @Override
    public String toString() {
        if (rows.isEmpty()) {
            return whenEmpty + '\n';
        }
        StringBuilder text = new StringBuilder();
        line(text, heads);
        rows.forEach(row -> line(text, row));
        return text.toString();
    }

    private void line(StringBuilder text, List<String> cells) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < cells.size(); column++) {
            String cell = cells.get(column);
            String gap = " ".repeat(width(column) - cell.codePointCount(0, cell.length()));
            line.append(number(column) ? gap + cell : cell + gap).append("  ");
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    private int width(int column) {
        int width = heads.get(column).length();
        for (List<String> row : rows) {
            String cell = row.get(column);
            width = Math.max(width, cell.codePointCount(0, cell.length()));
        }
        return width;
    }

    private boolean number(int column) {
        return rows.stream().allMatch(row -> row.get(column).matches("-?\\d+"));
    }
}
