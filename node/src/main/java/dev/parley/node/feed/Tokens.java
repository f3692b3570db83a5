package dev.parley.node.feed;

import dev.parley.core.catalog.User;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// Writes tokens and reads them again. Nothing is kept about them.
///
/// A token is what it says, as JSON in Base64, a dot, and an HMAC-SHA-256 of that and of the hash
/// of its user's password: a new password makes the user's tokens worthless, and so does another
/// key.
public final class Tokens {
    /// Characters of a token: it has to fit into the first line of a request.
    public static final int LENGTH_MAX = 2_048;

    private static final ObjectMapper JSON = JsonMapper.shared();
    private static final String MAC = "HmacSHA256";

    private final byte[] key;

    /// @param key nobody else's
    public Tokens(byte[] key) {
        this.key = key.clone();
    }

    /// The token in words, for its bearer.
    public String write(Token token, User user) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("u", token.user());
        said.put("h", token.host());
        said.put("s", token.subscribe());
        said.put("p", token.publish());
        said.put("e", token.expiresMillis());
        byte[] claims = JSON.writeValueAsBytes(said);
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString(claims) + "." + base64.encodeToString(mac(claims, user));
    }

    /// Reads one; null if it is none of ours, is over, or its user is no longer who he was.
    ///
    /// @param now milliseconds since 1970
    public @Nullable Token read(String text, Function<String, @Nullable User> users, long now) {
        int dot = text.indexOf('.');
        if (dot < 0 || text.length() > LENGTH_MAX) {
            return null;
        }
        try {
            byte[] claims = Base64.getUrlDecoder().decode(text.substring(0, dot));
            byte[] mac = Base64.getUrlDecoder().decode(text.substring(dot + 1));
            JsonNode said = JSON.readTree(claims);
            User user = users.apply(said.path("u").asString(""));
            if (user == null || !MessageDigest.isEqual(mac, mac(claims, user))) {
                return null;
            }
            Token token =
                    new Token(
                            user.name(),
                            said.path("h").asString(),
                            texts(said.path("s")),
                            texts(said.path("p")),
                            said.path("e").asLong());
            return now < token.expiresMillis() ? token : null;
        } catch (IllegalArgumentException | JacksonException e) {
            return null; // nothing that we have written
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(one -> texts.add(one.asString()));
        return texts;
    }

    private byte[] mac(byte[] claims, User user) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            mac.update(user.passwordHash().getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return mac.doFinal(claims);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA256", e);
        }
    }
}
