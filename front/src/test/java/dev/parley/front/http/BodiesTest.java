package dev.parley.front.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// How much of a body comes in, from whom, and what it takes meanwhile.
class BodiesTest {
    private static final int MOST = 4 * Bodies.SMALL;

    private final Bodies.Pool pool = new Bodies.Pool(MOST);
    private final List<Consumer<Boolean>> waiting = new ArrayList<>();
    private final Bodies bodies = new Bodies(pool, MOST, BodiesTest::let);
    private final EmbeddedChannel channel =
            new EmbeddedChannel(bodies, new HttpObjectAggregator(MOST));

    private static void let(Channel channel, HttpRequest head, Consumer<Boolean> answer) {
        answer.accept("Basic x".equals(head.headers().get("Authorization")));
    }

    private static DefaultHttpRequest post(boolean login) {
        var post = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
        if (login) {
            post.headers().set("Authorization", "Basic x");
        }
        return post;
    }

    private static DefaultHttpContent part(int bytes) {
        return new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[bytes]));
    }

    private FullHttpRequest out() {
        FullHttpRequest out = channel.readInbound();
        assertThat(out).isNotNull();
        return out;
    }

    private void isRefused(int status) {
        FullHttpRequest out = out();
        assertThat(out.decoderResult().cause())
                .isInstanceOfSatisfying(
                        Bodies.Refused.class, why -> assertThat(why.status()).isEqualTo(status));
        assertThat(HttpUtil.isKeepAlive(out)).isFalse();
        channel.writeInbound(part(1));
        assertThat(channel.<Object>readInbound()).as("nothing comes behind it").isNull();
    }

    @Test
    void whoNamesNoLoginSendsSmallOnes() {
        channel.writeInbound(post(false), part(Bodies.SMALL), new DefaultLastHttpContent());
        FullHttpRequest small = out();
        assertThat(small.content().readableBytes()).isEqualTo(Bodies.SMALL);
        small.release();
        channel.writeInbound(post(false), part(Bodies.SMALL), part(1));
        isRefused(401);
    }

    @Test
    void whatIsSaidToBeTooLargeIsNotReadAtAll() {
        DefaultHttpRequest large = post(true);
        HttpUtil.setContentLength(large, MOST + 1);
        channel.writeInbound(large);
        isRefused(413);
    }

    @Test
    void aLoginThatIsMadeUpTakesNoMemory() {
        DefaultHttpRequest post = post(true);
        post.headers().set("Authorization", "Basic y");
        channel.writeInbound(post, part(Bodies.SMALL), part(2 * Bodies.SMALL));
        assertThat(pool.used()).isZero();
        isRefused(401);
    }

    private EmbeddedChannel slow() {
        Bodies.Gate gate = (channel, head, answer) -> waiting.add(answer);
        return new EmbeddedChannel(new Bodies(pool, MOST, gate), new HttpObjectAggregator(MOST));
    }

    @Test
    void nothingIsReadUntilTheLoginIsKnownToBeRight() {
        EmbeddedChannel one = slow();
        DefaultHttpRequest post = post(true);
        HttpUtil.setContentLength(post, 2 * Bodies.SMALL);
        one.writeInbound(post, part(Bodies.SMALL));
        assertThat(one.config().isAutoRead()).isFalse();
        one.writeInbound(part(Bodies.SMALL), new DefaultLastHttpContent(), post(false));
        assertThat(pool.used()).isZero();
        assertThat(one.<Object>readInbound()).isNull();
        waiting.removeFirst().accept(true);
        assertThat(one.config().isAutoRead()).isTrue();
        assertThat(pool.used()).isEqualTo(Bodies.SMALL);
        FullHttpRequest large = one.readInbound();
        assertThat(large.content().readableBytes()).isEqualTo(2 * Bodies.SMALL);
        large.release();
        one.writeInbound(new DefaultLastHttpContent());
        one.<FullHttpRequest>readInbound().release();
        assertThat(waiting).as("a small one").isEmpty();
        one.writeInbound(post(true), part(Bodies.SMALL + 1));
        assertThat(waiting).as("each asks").hasSize(1);
        one.close();
    }

    /// As [#slow], behind what decodes; counts what is read from the peer.
    private EmbeddedChannel wire(AtomicInteger reads) {
        var counting =
                new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void read(ChannelHandlerContext context) {
                        reads.incrementAndGet();
                        context.read();
                    }
                };
        EmbeddedChannel one = slow();
        one.pipeline().addFirst(counting, new HttpServerCodec());
        return one;
    }

    /// A request that names a login.
    private static ByteBuf head(String how) {
        return ascii("POST / HTTP/1.1\r\nAuthorization: Basic x\r\n" + how + "\r\n\r\n");
    }

    private static ByteBuf chunk(byte[] bytes) {
        ByteBuf size = ascii(Integer.toHexString(bytes.length) + "\r\n");
        return Unpooled.wrappedBuffer(size, Unpooled.wrappedBuffer(bytes), ascii("\r\n"));
    }

    private static ByteBuf ascii(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static byte[] random(int bytes) {
        byte[] out = new byte[bytes];
        new Random(bytes).nextBytes(out);
        return out;
    }

    private static void brings(EmbeddedChannel one, byte[] body) {
        FullHttpRequest out = one.readInbound();
        assertThat(out).isNotNull();
        assertThat(out.decoderResult().isSuccess()).isTrue();
        assertThat(ByteBufUtil.getBytes(out.content())).isEqualTo(body);
        out.release();
    }

    @Test
    void whatGathersABodyDoesNotReadOnWhileALoginIsAskedAbout() {
        AtomicInteger reads = new AtomicInteger();
        EmbeddedChannel one = wire(reads);
        byte[] body = random(Bodies.SMALL + 20_000);
        byte[] more = random(1_000);
        one.writeInbound(head("Transfer-Encoding: chunked"), chunk(body));
        assertThat(waiting).hasSize(1);
        int before = reads.get();
        one.writeInbound(chunk(more)); // it was on its way
        one.read();
        assertThat(reads).as("nothing more is read").hasValue(before);
        waiting.removeFirst().accept(true);
        assertThat(reads).as("it goes on").hasValue(before + 1);
        one.writeInbound(ascii("0\r\n\r\n"));
        brings(one, ByteBufUtil.getBytes(Unpooled.wrappedBuffer(body, more)));
        one.close();
    }

    @Test
    void aLargeRequestBehindALargeOneComesWhole() {
        EmbeddedChannel one = wire(new AtomicInteger());
        byte[] first = random(70 << 10);
        byte[] second = random(100_000);
        one.writeInbound(
                Unpooled.wrappedBuffer(
                        head("Transfer-Encoding: chunked"),
                        chunk(first),
                        ascii("0\r\n\r\n"),
                        head("Content-Length: " + second.length),
                        Unpooled.wrappedBuffer(second)));
        waiting.removeFirst().accept(true);
        brings(one, first);
        assertThat(one.<Object>readInbound()).as("the second is asked about").isNull();
        waiting.removeFirst().accept(true);
        brings(one, second);
        assertThat(waiting).isEmpty();
        one.close();
    }

    @Test
    void whoIsLeftReadsOn() {
        EmbeddedChannel one = slow();
        one.writeInbound(post(true), part(Bodies.SMALL + 1));
        assertThat(one.config().isAutoRead()).isFalse();
        one.pipeline().remove(Bodies.class);
        assertThat(one.config().isAutoRead()).isTrue();
        waiting.removeFirst().accept(true);
        assertThat(one.<Object>readInbound()).isNull();
        one.close();
    }

    @Test
    void whoGoesBeforeTheAnswerLeavesNothing() {
        EmbeddedChannel one = slow();
        DefaultHttpContent part = part(Bodies.SMALL + 1);
        one.writeInbound(post(true), part);
        one.close();
        assertThat(part.refCnt()).isZero();
        waiting.removeFirst().accept(true);
        assertThat(pool.used()).isZero();
    }

    @Test
    void largeOnesShareTheMemory() {
        var other = new Bodies(pool, MOST, BodiesTest::let);
        var more = new EmbeddedChannel(other, new HttpObjectAggregator(MOST));
        more.writeInbound(post(true), part(3 * Bodies.SMALL));
        assertThat(pool.used()).isEqualTo(2 * Bodies.SMALL);
        channel.writeInbound(post(true), part(Bodies.SMALL), new DefaultLastHttpContent());
        out().release(); // small ones always come
        channel.writeInbound(post(true), part(3 * Bodies.SMALL), new DefaultLastHttpContent());
        FullHttpRequest large = out();
        bodies.done(large.content().readableBytes());
        large.release();
        assertThat(pool.used()).isEqualTo(2 * Bodies.SMALL);
        channel.writeInbound(post(true), part(3 * Bodies.SMALL), part(1));
        isRefused(503);
        channel.pipeline().remove(bodies);
        more.pipeline().remove(other);
        assertThat(pool.used()).isZero();
    }
}
