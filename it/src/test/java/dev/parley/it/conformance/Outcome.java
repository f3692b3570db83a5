package dev.parley.it.conformance;

/// What one test did.
///
/// @param test suite, class and test, with `/` between
/// @param detail the failure in one line, or the reason of a skip
/// @param tries how often it ran
record Outcome(String test, Result result, String detail, int tries) {

    enum Result {
        PASSED,
        FAILED,
        SKIPPED,
        /// The class ended without it.
        MISSING
    }

    Outcome(String test, Result result, String detail) {
        this(test, result, detail, 1);
    }

    boolean passed() {
        return result == Result.PASSED;
    }

    /// The same after another try.
    Outcome again(Outcome later) {
        return new Outcome(test, later.result, later.detail, tries + 1);
    }

    /// Suite and class.
    String unit() {
        return test.substring(0, test.lastIndexOf('/'));
    }
}
