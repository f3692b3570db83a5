// What becomes of messages whose handler fails: tried again after a while, then put away.
//
// prints: brewing water, attempt 1
// prints: brewing water, attempt 2
// prints: put away: water, because attempt 2 failed: java.lang.IllegalStateException: no beans

import dev.parley.api.ConsumeOptions;
import dev.parley.api.QueueOptions;
import dev.parley.node.Config;
import dev.parley.node.Parley;

void main(String[] arguments) throws Exception {
    var data = arguments.length > 0 ? Path.of(arguments[0]) : Files.createTempDirectory("parley");
    try (var parley = Parley.start(Config.embedded(data))) {
        var patient =
                QueueOptions.DURABLE.retryAfter(Duration.ofMillis(100), Duration.ofSeconds(10));
        var brews = parley.queue("brews", String.class, patient);
        brews.consume(
                brew -> {
                    int attempt = brew.failures() + 1;
                    IO.println("brewing %s, attempt %d".formatted(brew.payload(), attempt));
                    throw new IllegalStateException("no beans");
                },
                ConsumeOptions.DEFAULT.withAttempts(2));
        brews.send("water");

        var graves = parley.queue("brews.dead", String.class);
        var dead = graves.take(Duration.ofSeconds(30)).orElseThrow();
        IO.println(
                "put away: %s, because %s"
                        .formatted(dead.payload(), dead.message().headers().get("x-put-away")));
        dead.ack();
    }
}
