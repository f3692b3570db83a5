package dev.parley.it.conformance;

import dev.parley.it.routing.GraphRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/// Random graphs of exchanges, bindings and dead letters against a model: what a broker does
/// otherwise than the model is a failure of the one or the other. One test is one seed.
final class RoutingSuite implements Suite<AmqpPeer> {

    private static final String TYPE = "graphs";
    private static final String SEED = "seed ";
    private static final int SEEDS = 200;

    @Override
    public String name() {
        return "routing";
    }

    @Override
    public List<String> classes() {
        return List.of(TYPE);
    }

    @Override
    public List<Outcome> run(String type, AmqpPeer peer) {
        return run(LongStream.rangeClosed(1, SEEDS).boxed().toList(), peer);
    }

    @Override
    public List<Outcome> again(String type, String test, AmqpPeer peer) {
        return run(List.of(Long.parseLong(test.substring(SEED.length()))), peer);
    }

    private List<Outcome> run(List<Long> seeds, AmqpPeer peer) {
        List<Outcome> outcomes = new ArrayList<>();
        boolean keepsBlindCopies =
                switch (peer) {
                    case RabbitMqPeer _ -> true;
                    case ParleyPeer _ -> false;
                };
        try {
            GraphRun.run(peer.amqpPort(), keepsBlindCopies, seeds)
                    .forEach((seed, difference) -> {
                        String test = name() + "/" + TYPE + "/" + SEED + seed;
                        if (difference.isEmpty()) {
                            outcomes.add(new Outcome(test, Outcome.Result.PASSED, ""));
                        } else {
                            System.out.println(peer.nodeName() + " differs:\n" + difference);
                            String first = difference.lines().findFirst().orElse("");
                            outcomes.add(new Outcome(test, Outcome.Result.FAILED, first));
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return outcomes;
    }
}
