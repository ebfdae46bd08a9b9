package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RenewalProbe.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.testservers.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

/** The permissions that docs/backends.md names are enough, and none of them is too much. The server's log of refusals tells. */
class RedisAclTest {
    /** What a client can do without: Lettuce's greeting, and the question that the warning of eviction needs. */
    private static final Set<String> OPTIONAL = Set.of("hello", "client", "info");

    private static final LockRequest REQUEST =
            LockRequest.of("a").renewalInterval(Duration.ofMillis(40)).waitTime(PATIENCE);

    private static RedisServer server;
    private static RedisClient admin;
    private static RedisCommands<String, String> redis;

    @BeforeAll
    static void start() {
        server = RedisServer.start();
        admin = RedisClient.create(server.uri());
        redis = admin.connect().sync();
    }

    @AfterAll
    static void stop() {
        admin.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        server.close();
    }

    static Stream<String> rules() throws IOException {
        return documented("(?s).*ACL SETUSER locks ([^`]+)```.*");
    }

    /** What the guide names at the place that the pattern's group matches. */
    static Stream<String> documented(String place) throws IOException {
        String guide = Files.readString(Path.of("..", "..", "..", "docs", "backends.md"));
        return Stream.of(guide.replaceFirst(place, "$1").strip().split("\\s+"));
    }

    static Stream<String> commands() throws IOException {
        return rules().filter(rule -> rule.startsWith("+"));
    }

    @Test
    @DisplayName("the documented permissions are enough")
    void enough() throws IOException {
        permit(rules().toList());

        useLocks();

        assertThat(refused()).isSubsetOf(OPTIONAL);
    }

    @ParameterizedTest
    @MethodSource("commands")
    @DisplayName("each documented permission is needed")
    void needed(String permission) throws IOException {
        permit(rules().filter(rule -> !rule.equals(permission)).toList());

        useLocks();

        await(permission + " is refused", () -> refused().contains(permission.substring(1)));
    }

    private static void permit(List<String> rules) {
        redis.flushall();
        redis.scriptFlush();
        permit(redis, rules);
    }

    /** Sets up the user anew, and empties the log of refusals. */
    static void permit(RedisCommands<String, String> redis, List<String> rules) {
        CommandArgs<String, String> user =
                new CommandArgs<>(StringCodec.UTF8).add("SETUSER").add("locks").add("reset");
        rules.forEach(user::add);
        redis.dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), user);
        redis.aclLogReset();
    }

    /** Uses all that there is, or ends when the server has refused something that matters. */
    private static void useLocks() {
        LockClient holder = client();
        LockClient waiter = client();
        LockClient quitter = client();
        holder.acquire(REQUEST)
                .flatMap(held -> quitter.tryAcquire(REQUEST)
                        .then(quitter.acquire(REQUEST.waitTime(Duration.ofMillis(200))))
                        .onErrorComplete(LockTimeoutException.class)
                        .then(Mono.when(
                                waiter.acquire(REQUEST).flatMap(Lease::release),
                                until(() -> redis.exists("reactive-lock:{a}:wait") == 1
                                                && !redis.pubsubChannels().isEmpty())
                                        .then(RenewalProbe.next(held))
                                        .then(held.release()))))
                .onErrorComplete(e -> isRefusing())
                .takeUntilOther(until(RedisAclTest::isRefusing))
                .block(PATIENCE);
        Mono.when(holder.close(), waiter.close(), quitter.close()).block(PATIENCE);
    }

    private static LockClient client() {
        return LockClient.create(
                RedisLockBackend.create("redis://locks:secret@" + server.host() + ":" + server.port()),
                LockClientOptions.defaults().disposeTimeout(Duration.ofMillis(100)));
    }

    private static boolean isRefusing() {
        return !OPTIONAL.containsAll(refused());
    }

    private static Set<String> refused() {
        return refused(redis);
    }

    static Set<String> refused(RedisCommands<String, String> redis) {
        return redis.aclLog().stream()
                .map(entry -> String.valueOf(entry.get("object")))
                .map(command -> command.replaceFirst("\\|.*", ""))
                .collect(Collectors.toSet());
    }
}
