package dev.parley.node.management;

/// Ends a call with a status and an error in RabbitMQ's form.
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String error;
    private final String reason;

    private Fault(int status, String error, String reason) {
        super(reason, null, false, false);
        this.status = status;
        this.error = error;
        this.reason = reason;
    }

    static Fault badRequest(String reason) {
        return new Fault(400, "bad_request", reason);
    }

    static Fault notAuthorised(String reason) {
        return new Fault(401, "not_authorised", reason);
    }

    static Fault loginFailed() {
        return new Fault(401, "not_authorized", "Login failed");
    }

    static Fault pageOutOfRange(String reason) {
        return new Fault(400, "page_out_of_range", reason);
    }

    static Fault notFound() {
        return new Fault(404, "Object Not Found", "Not Found");
    }

    static Fault wrongMethod() {
        return new Fault(405, "Method Not Allowed", "Method Not Allowed");
    }

    static Fault unavailable(String reason) {
        return new Fault(503, "service_unavailable", reason);
    }

    int status() {
        return status;
    }

    String error() {
        return error;
    }

    String reason() {
        return reason;
    }
}
