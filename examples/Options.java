// Messages with options, one that is not due yet, looking without taking, and taking one by one.
//
// prints: first in line: urgent
// prints: took urgent for ann
// prints: took usual for nobody
// prints: nothing left that is due

import dev.parley.api.Message;
import dev.parley.api.QueueOptions;
import dev.parley.node.Config;
import dev.parley.node.Parley;

void main(String[] arguments) throws Exception {
    var data = arguments.length > 0 ? Path.of(arguments[0]) : Files.createTempDirectory("parley");
    try (var parley = Parley.start(Config.embedded(data))) {
        var tasks = parley.queue("tasks", String.class, QueueOptions.DURABLE.priorityMax(9));
        tasks.schedule("next year", Instant.now().plus(Duration.ofDays(365)));
        var usual = tasks.sendAsync("usual");
        var urgent =
                tasks.sendAsync(
                        Message.of("urgent")
                                .withPriority(9)
                                .withHeader("for", "ann")
                                .withTtl(Duration.ofHours(1)));
        CompletableFuture.allOf(usual, urgent).join(); // both on disk

        IO.println("first in line: " + tasks.peek(10).getFirst().payload());
        for (var task = tasks.take(Duration.ZERO);
                task.isPresent();
                task = tasks.take(Duration.ZERO)) {
            var whom = task.get().message().headers().getOrDefault("for", "nobody");
            IO.println("took " + task.get().payload() + " for " + whom);
            task.get().ack();
        }
        IO.println("nothing left that is due");
    }
}
