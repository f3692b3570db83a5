package dev.parley.it.embed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.Foreign;
import dev.parley.node.Parley;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.rabbit.annotation.EnableRabbit;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.amqp.rabbit.config.RetryInterceptorBuilder;
import org.springframework.amqp.rabbit.config.SimpleRabbitListenerContainerFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.retry.RejectAndDontRequeueRecoverer;
import org.springframework.amqp.support.converter.JacksonJsonMessageConverter;
import org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.PropertiesPropertySource;

/// Spring AMQP, unchanged, against Parley: `docs/patterns/spring.md` shows what is tested here.
@Timeout(120)
class SpringAmqpTest {
    private static final Pattern PROPERTIES =
            Pattern.compile("```properties\n(.*?)```", Pattern.DOTALL);

    record Order(String drink, int cups) {}

    @TempDir Path directory;

    /// What the application brings, with Boot and without: queues, a listener, how orders are
    /// written.
    @Configuration
    static class Business {
        @Bean
        JacksonJsonMessageConverter converter() {
            return new JacksonJsonMessageConverter("dev.parley.it.embed");
        }

        @Bean
        Queue orders() {
            return QueueBuilder.durable("orders")
                    .deadLetterExchange("")
                    .deadLetterRoutingKey("orders.dead")
                    .build();
        }

        @Bean
        Queue dead() {
            return QueueBuilder.durable("orders.dead").build();
        }

        @Bean
        Shop shop() {
            return new Shop();
        }
    }

    /// What Boot makes from properties.
    @Configuration
    @Import(Business.class)
    @ImportAutoConfiguration(RabbitAutoConfiguration.class)
    static class Booted {}

    /// What an application without Boot has beside: a connection, a template with confirms, a
    /// listener's container with retries.
    @Configuration
    @Import(Business.class)
    @EnableRabbit
    static class Application {
        @Bean
        CachingConnectionFactory connectionFactory(Integer port) {
            CachingConnectionFactory factory = new CachingConnectionFactory("127.0.0.1", port);
            factory.setPublisherConfirmType(CachingConnectionFactory.ConfirmType.CORRELATED);
            factory.setPublisherReturns(true);
            return factory;
        }

        @Bean
        RabbitTemplate template(ConnectionFactory factory, JacksonJsonMessageConverter converter) {
            RabbitTemplate template = new RabbitTemplate(factory);
            template.setMessageConverter(converter);
            template.setMandatory(true);
            return template;
        }

        @Bean
        RabbitAdmin admin(ConnectionFactory factory) {
            return new RabbitAdmin(factory);
        }

        @Bean
        SimpleRabbitListenerContainerFactory rabbitListenerContainerFactory(
                ConnectionFactory factory, JacksonJsonMessageConverter converter) {
            MethodInterceptor retries =
                    RetryInterceptorBuilder.stateless()
                            .maxRetries(2)
                            .backOffOptions(1, 2.0, 10)
                            .recoverer(new RejectAndDontRequeueRecoverer())
                            .build();
            SimpleRabbitListenerContainerFactory listeners =
                    new SimpleRabbitListenerContainerFactory();
            listeners.setConnectionFactory(factory);
            listeners.setMessageConverter(converter);
            listeners.setAdviceChain(retries);
            return listeners;
        }
    }

    /// The application's own part.
    static class Shop {
        final BlockingQueue<Order> served = new ArrayBlockingQueue<>(10);
        final BlockingQueue<String> tries = new ArrayBlockingQueue<>(10);

        @RabbitListener(queues = "orders")
        void serve(Order order) {
            tries.add(order.drink());
            if (order.cups() == 0) {
                throw new IllegalArgumentException("no cups");
            }
            served.add(order);
        }
    }

    /// Boot's own configuration, by the properties that the page shows; only the port is another,
    /// and nobody waits a second before a retry.
    private AnnotationConfigApplicationContext booted(Parley parley) throws IOException {
        Path page = Path.of(Foreign.script("../../../docs/patterns/spring.md")).normalize();
        Matcher block = PROPERTIES.matcher(Files.readString(page));
        assertThat(block.find()).isTrue();
        Properties properties = new Properties();
        properties.load(new StringReader(block.group(1)));
        properties.put("spring.rabbitmq.port", String.valueOf(parley.node().amqpPort()));
        properties.put("spring.rabbitmq.listener.simple.retry.initial-interval", "1ms");
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new PropertiesPropertySource("page", properties));
        context.register(Booted.class);
        context.refresh();
        return context;
    }

    private AnnotationConfigApplicationContext application(Parley parley) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.registerBean("port", Integer.class, () -> parley.node().amqpPort());
        context.register(Application.class);
        context.refresh();
        return context;
    }

    private static void assertServes(RabbitTemplate template, Shop shop) throws Exception {
        assertConfirmed(template, new Order("coffee", 2));
        assertThat(shop.served.poll(20, TimeUnit.SECONDS)).isEqualTo(new Order("coffee", 2));
        assertThat(shop.tries.poll(20, TimeUnit.SECONDS)).isEqualTo("coffee");
    }

    @Test
    void confirmsRetriesAndDeadLetters() throws Exception {
        try (Parley parley = Parley.start(EmbeddedAmqpTest.withSockets(directory));
                AnnotationConfigApplicationContext context = application(parley)) {
            RabbitTemplate template = context.getBean(RabbitTemplate.class);
            Shop shop = context.getBean(Shop.class);

            assertServes(template, shop);

            assertConfirmed(template, new Order("air", 0));
            Message dead = template.receive("orders.dead", 20_000);
            if (dead == null) {
                throw new AssertionError("nothing was put away");
            }
            assertThat(dead.getMessageProperties().getHeaders())
                    .containsEntry("x-first-death-reason", "rejected");
            assertThat(shop.tries).containsExactly("air", "air", "air");
        }
    }

    @Test
    void bootDoesTheSameByItsProperties() throws Exception {
        try (Parley parley = Parley.start(EmbeddedAmqpTest.withSockets(directory));
                AnnotationConfigApplicationContext context = booted(parley)) {
            RabbitTemplate template = context.getBean(RabbitTemplate.class);
            Shop shop = context.getBean(Shop.class);

            assertServes(template, shop);

            assertConfirmed(template, new Order("air", 0));
            assertThat(template.receive("orders.dead", 20_000)).isNotNull();
            assertThat(shop.tries).containsExactly("air", "air", "air", "air");

            CorrelationData correlation = new CorrelationData();
            template.convertAndSend("", "nowhere", new Order("tea", 1), correlation);
            assertThat(correlation.getFuture().get(20, TimeUnit.SECONDS).ack()).isTrue();
            assertThat(correlation.getReturned()).isNotNull();
        }
    }

    private static void assertConfirmed(RabbitTemplate template, Order order) throws Exception {
        CorrelationData correlation = new CorrelationData();
        template.convertAndSend("", "orders", order, correlation);
        assertThat(correlation.getFuture().get(20, TimeUnit.SECONDS).ack()).isTrue();
    }

    @Test
    void aMessageWithoutAQueueIsReturned() throws Exception {
        try (Parley parley = Parley.start(EmbeddedAmqpTest.withSockets(directory));
                AnnotationConfigApplicationContext context = application(parley)) {
            CorrelationData correlation = new CorrelationData();
            context.getBean(RabbitTemplate.class)
                    .convertAndSend("", "nowhere", new Order("tea", 1), correlation);
            assertThat(correlation.getFuture().get(20, TimeUnit.SECONDS).ack()).isTrue();
            assertThat(correlation.getReturned()).isNotNull();
        }
    }

    @Test
    void springAndTheApiTalkToEachOther() throws Exception {
        try (Parley parley = Parley.start(EmbeddedAmqpTest.withSockets(directory));
                AnnotationConfigApplicationContext context = application(parley)) {
            Shop shop = context.getBean(Shop.class);
            dev.parley.api.Queue<Order> orders = parley.queue("orders", Order.class);
            orders.send(new Order("mate", 3));
            assertThat(shop.served.poll(20, TimeUnit.SECONDS)).isEqualTo(new Order("mate", 3));

            dev.parley.api.Queue<Order> back = parley.queue("back", Order.class);
            BlockingQueue<Order> received = new ArrayBlockingQueue<>(1);
            try (var _ = back.consume(order -> received.add(order.payload()))) {
                RabbitTemplate template = context.getBean(RabbitTemplate.class);
                template.convertAndSend("", "back", new Order("water", 1));
                assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo(new Order("water", 1));
            }
        }
    }
}
