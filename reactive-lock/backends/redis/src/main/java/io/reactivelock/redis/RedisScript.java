package io.reactivelock.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

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
    private final Form digest;
    private final Form text;

    /** A way to send a script: the command for it, and its first argument. */
    static final class Form {
        final CommandType command;
        final byte[] script;

        private Form(CommandType command, byte[] script) {
            this.command = command;
            this.script = script;
        }
    }

    private RedisScript(byte[] text) {
        this.text = new Form(CommandType.EVAL, text);
        this.digest = new Form(CommandType.EVALSHA, Base16.digest(text).getBytes(US_ASCII));
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

    /** By its digest, which the server knows once it has seen the text. */
    Form digest() {
        return digest;
    }

    /** In full. */
    Form text() {
        return text;
    }

    /**
     * Sends the script by its digest, and in full where the server does not know it: such a server has run nothing, so no effect
     * is repeated.
     */
    Mono<String> run(StatefulConnection<String, String> connection, List<String> keys, List<String> values) {
        return send(connection, digest, keys, values)
                .onErrorResume(RedisNoScriptException.class, e -> send(connection, text, keys, values));
    }

    private static Mono<String> send(
            StatefulConnection<String, String> connection, Form form, List<String> keys, List<String> values) {
        return send(
                connection,
                form.command,
                () -> args().add(form.script).add(keys.size()).addKeys(keys).addValues(values));
    }

    /** Sends any command. Every subscription sends; a cancel takes back a command that waits in the client. */
    static Mono<String> send(
            StatefulConnection<String, String> connection,
            ProtocolKeyword type,
            Supplier<CommandArgs<String, String>> args) {
        return Mono.fromFuture(() -> dispatch(connection, type, args.get()));
    }

    /**
     * Sends a command now. To cancel it takes it back while it waits in the client, as it does while the client is not connected.
     *
     * <p>A reply is one string, never an array. Lettuce sends a command again whose reply was cut off, and reads the new reply into
     * the same output: an array would begin with the elements of the old one.
     */
    static AsyncCommand<String, String, String> dispatch(
            StatefulConnection<String, String> connection, ProtocolKeyword type, CommandArgs<String, String> args) {
        AsyncCommand<String, String, String> command =
                new AsyncCommand<>(new Command<>(type, new ValueOutput<>(StringCodec.UTF8), args));
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
    }

    static CommandArgs<String, String> args() {
        return new CommandArgs<>(StringCodec.UTF8);
    }
}
