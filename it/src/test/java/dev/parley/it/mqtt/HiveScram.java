package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.datatypes.MqttUtf8String;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientConfig;
import com.hivemq.client.mqtt.mqtt5.auth.Mqtt5EnhancedAuthMechanism;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5Auth;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5AuthBuilder;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5EnhancedAuthBuilder;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5Disconnect;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// SCRAM-SHA-256 for HiveMQ's client, as RFC 7677 has it; it shares no line with the node's.
final class HiveScram implements Mqtt5EnhancedAuthMechanism {

    private static final String CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";

    private final String user;
    String password;
    final AtomicInteger renewed = new AtomicInteger();
    private String first = "";
    private byte[] expected = {};

    HiveScram(String user, String password) {
        this.user = user;
        this.password = password;
    }

    @Override
    public MqttUtf8String getMethod() {
        return MqttUtf8String.of("SCRAM-SHA-256");
    }

    @Override
    public int getTimeout() {
        return 20;
    }

    byte[] first() {
        first = "n=" + user + ",r=" + CLIENT_NONCE;
        return ("n,," + first).getBytes(UTF_8);
    }

    byte[] last(byte[] challenge) throws GeneralSecurityException {
        String text = new String(challenge, UTF_8);
        String[] parts = text.split(",", 3);
        String nonce = parts[0].substring(2);
        if (!nonce.startsWith(CLIENT_NONCE)) {
            throw new AssertionError("another nonce: " + text);
        }
        byte[] salt = Base64.getDecoder().decode(parts[1].substring(2));
        int rounds = Integer.parseInt(parts[2].substring(2));
        byte[] salted =
                SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                        .generateSecret(new PBEKeySpec(password.toCharArray(), salt, rounds, 256))
                        .getEncoded();
        byte[] clientKey = hmac(salted, "Client Key");
        byte[] storedKey = MessageDigest.getInstance("SHA-256").digest(clientKey);
        String withoutProof = "c=biws,r=" + nonce;
        String message = first + "," + text + "," + withoutProof;
        byte[] proof = hmac(storedKey, message);
        for (int i = 0; i < proof.length; i++) {
            proof[i] ^= clientKey[i];
        }
        expected = hmac(hmac(salted, "Server Key"), message);
        return (withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof)).getBytes(UTF_8);
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(UTF_8));
    }

    /// Whether the node has shown that it knows the password as well.
    private boolean serverIsRight(Optional<ByteBuffer> data) {
        String said = data.map(one -> UTF_8.decode(one).toString()).orElse("");
        return said.equals("v=" + Base64.getEncoder().encodeToString(expected));
    }

    private CompletableFuture<Boolean> answer(Mqtt5Auth challenge, Mqtt5AuthBuilder answer) {
        byte[] said = new byte[challenge.getData().orElseThrow().remaining()];
        challenge.getData().orElseThrow().get(said);
        try {
            answer.data(last(said));
            return CompletableFuture.completedFuture(true);
        } catch (GeneralSecurityException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletableFuture<Void> onAuth(
            Mqtt5ClientConfig client, Mqtt5Connect connect, Mqtt5EnhancedAuthBuilder auth) {
        auth.data(first());
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> onReAuth(Mqtt5ClientConfig client, Mqtt5AuthBuilder auth) {
        auth.data(first());
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Boolean> onContinue(
            Mqtt5ClientConfig client, Mqtt5Auth auth, Mqtt5AuthBuilder answer) {
        return answer(auth, answer);
    }

    @Override
    public CompletableFuture<Boolean> onAuthSuccess(
            Mqtt5ClientConfig client, Mqtt5ConnAck connack) {
        return CompletableFuture.completedFuture(
                serverIsRight(connack.getEnhancedAuth().orElseThrow().getData()));
    }

    @Override
    public CompletableFuture<Boolean> onReAuthSuccess(Mqtt5ClientConfig client, Mqtt5Auth auth) {
        boolean right = serverIsRight(auth.getData());
        renewed.addAndGet(right ? 1 : 0);
        return CompletableFuture.completedFuture(right);
    }

    @Override
    public void onAuthRejected(Mqtt5ClientConfig client, Mqtt5ConnAck connack) {
        // Told by the connect.
    }

    @Override
    public void onReAuthRejected(Mqtt5ClientConfig client, Mqtt5Disconnect disconnect) {
        // Seen by the end of the connection.
    }

    @Override
    public void onAuthError(Mqtt5ClientConfig client, Throwable cause) {
        System.err.println("HiveMQ, SCRAM: " + cause);
    }

    @Override
    public void onReAuthError(Mqtt5ClientConfig client, Throwable cause) {
        System.err.println("HiveMQ, SCRAM again: " + cause);
    }
}
