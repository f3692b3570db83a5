// Prices: one program follows them all, a board shows the last of each, one was away for a while.
//
// prints: the archive has 30 ticks
// prints: the board shows a=28 b=29 c=30

import dev.parley.api.SubscribeOptions;
import dev.parley.node.Config;
import dev.parley.node.Parley;

record Tick(int price) {}

void main(String[] arguments) throws Exception {
    var data = arguments.length > 0 ? Path.of(arguments[0]) : Files.createTempDirectory("parley");
    try (var parley = Parley.start(Config.embedded(data))) {
        var ticks = parley.topic("ticks/+", Tick.class);
        // The archive subscribes, and goes; its name stays, and what comes waits for it on disk.
        ticks.feed(SubscribeOptions.durable("archive")).close();
        for (int i = 1; i <= 30; i++) {
            ticks.retain("ticks/" + "cab".charAt(i % 3), new Tick(i)); // is on disk now
        }
    }
    try (var parley = Parley.start(Config.embedded(data))) {
        var ticks = parley.topic("ticks/+", Tick.class);
        var archived = new CountDownLatch(30);
        ticks.subscribe(tick -> archived.countDown(), SubscribeOptions.durable("archive"));
        archived.await();
        IO.println("the archive has 30 ticks");
        var board = new StringJoiner(" ");
        for (var last : ticks.lasts()) { // a new subscriber would get them first, too
            board.add(last.subject().substring(6) + "=" + last.payload().price());
        }
        IO.println("the board shows " + board);
    }
}
