package dev.parley.node.admin;

import java.util.Map;

/// `/v1/tls`: the certificate that the node shows.
final class TlsResource {
    private final Administered node;

    TlsResource(Administered node) {
        this.node = node;
    }

    Route route() {
        return new Route("POST", "tls/reload", this::reload);
    }

    private void reload(Call call) {
        node.reloadTls((taken, why) -> {
            if (taken == null) {
                call.send(Call.problem(409, why));
            } else {
                call.ok(Map.of("certificate", taken));
            }
        });
    }
}
