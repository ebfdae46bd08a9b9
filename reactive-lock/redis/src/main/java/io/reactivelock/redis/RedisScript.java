package io.reactivelock.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.codec.Base16;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.ValueOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.protocol.RedisCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** A script, and how it is sent. Keys and values are UTF-8, whatever codec the connection has. */
final class RedisScript {
    private final byte[] text;
    private final String sha;

    private RedisScript(byte[] text) {
        this.text = text;
        this.sha = Base16.digest(text);
    }

    static RedisScript load(String resource) {
        try (InputStream in = RedisScript.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("script " + resource + " is not on the class path");
            }
            return new RedisScript(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Sends the script by its digest, and in full where the server does not know it: such a server has run nothing, so no effect
     * is repeated.
     */
    Mono<String> run(StatefulConnection<String, String> connection, List<String> keys, List<String> values) {
        return send(connection, CommandType.EVALSHA, () -> call(args().add(sha), keys, values))
                .onErrorResume(
                        RedisNoScriptException.class,
                        e -> send(connection, CommandType.EVAL, () -> call(args().add(text), keys, values)));
    }

    private static CommandArgs<String, String> call(
            CommandArgs<String, String> script, List<String> keys, List<String> values) {
        return script.add(keys.size()).addKeys(keys).addValues(values);
    }

    /**
     * Sends any command. Every subscription sends; a cancel takes back a command that waits in the client, as one does while the
     * client is not connected.
     *
     * <p>A reply is one string, never an array. Lettuce sends a command again whose reply was cut off, and reads the new reply into
     * the same output: an array would begin with the elements of the old one.
     */
    static Mono<String> send(
            StatefulConnection<String, String> connection,
            ProtocolKeyword type,
            Supplier<CommandArgs<String, String>> args) {
        return Mono.fromFuture(() -> {
            AsyncCommand<String, String, String> command =
                    new AsyncCommand<>(new Command<>(type, new ValueOutput<>(StringCodec.UTF8), args.get()));
            RedisCommand<String, String, String> written = connection.dispatch(command);
            if (written != command) {
                // Cluster wraps the command and asks the wrapper whether to write; the wrapper does not see a cancel
                command.onComplete((value, error) -> {
                    if (error != null) {
                        written.completeExceptionally(error);
                    }
                });
            }
            return command;
        });
    }

    static CommandArgs<String, String> args() {
        return new CommandArgs<>(StringCodec.UTF8);
    }
}
