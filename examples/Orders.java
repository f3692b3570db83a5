// A shop: orders are sent, and served by eight handlers at a time.
//
// prints: sent 100 orders
// prints: served 100 orders

import dev.parley.api.ConsumeOptions;
import dev.parley.node.Config;
import dev.parley.node.Parley;

record Order(String drink, int cups) {}

void main(String[] arguments) throws Exception {
    var data = arguments.length > 0 ? Path.of(arguments[0]) : Files.createTempDirectory("parley");
    var served = new CountDownLatch(100);
    try (var parley = Parley.start(Config.embedded(data))) {
        var orders = parley.queue("orders", Order.class);
        for (int i = 0; i < 100; i++) {
            orders.send(new Order("coffee", i)); // is on disk now
        }
        IO.println("sent 100 orders");
        orders.consume(
                order -> served.countDown(), // returns: acknowledged
                ConsumeOptions.DEFAULT.withConcurrency(8));
        served.await();
        IO.println("served 100 orders");
    } // lets handlers end, gives back what they have not dealt with
}
