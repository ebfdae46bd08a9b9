package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Statement;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.GuardObservation;
import io.reactivelock.fencing.postgresql.FenceCall;
import io.reactivelock.fencing.postgresql.FenceErrors;
import io.reactivelock.fencing.postgresql.FenceErrors.Stage;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.reactivelock.fencing.postgresql.RowFence;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** Sends what {@link PostgresFence} says, on connections that {@link Connections} borrows. */
final class DefaultR2dbcFencingGuard implements R2dbcFencingGuard {
    private final ConnectionFactory factory;
    private final FencingGuardOptions options;
    private final Connections connections;
    private final PostgresFence fence;
    private final GuardObservation observation;

    DefaultR2dbcFencingGuard(ConnectionFactory factory, FencingGuardOptions options) {
        this.factory = factory;
        this.options = options;
        this.connections = new Connections(factory, options);
        this.fence = PostgresFence.create(options);
        this.observation = GuardObservation.of(options);
    }

    @Override
    public FencingGuardOptions options() {
        return options;
    }

    @Override
    public Mono<Void> createSchema() {
        FenceCall call = fence.createSchema();
        return observed(connections
                .inOneStatement(
                        call.what(),
                        connection -> Results.done(
                                connection.createStatement(call.sql()).fetchSize(0)))
                .onErrorMap(e -> R2dbcErrors.ERRORS.own(call.what(), Stage.COMMIT, e)));
    }

    @Override
    public Mono<Void> enforce(String table, String resource) {
        return observed(committed(fence.enforce(table, resource)));
    }

    @Override
    public Mono<Void> lift(String table) {
        return observed(committed(fence.lift(table)));
    }

    @Override
    public Mono<Void> advance(String resource, FencingToken token) {
        FenceCall call = fence.advance(resource, token);
        Mono<Void> advance = new OpenWrite(factory, resource).refuseInside(call.what(), committed(call));
        return observation.isObserved() ? observed(advance, resource, token) : advance;
    }

    @Override
    public Mono<Void> check(Connection connection, String resource, FencingToken token) {
        Objects.requireNonNull(connection, "connection");
        return observed(check(connection, fence.check(resource, token)));
    }

    @Override
    public Mono<Void> check(Connection connection, Map<String, FencingToken> tokens) {
        Objects.requireNonNull(connection, "connection");
        return observed(check(connection, fence.check(tokens)));
    }

    @Override
    public Mono<Void> check(Connection connection) {
        Objects.requireNonNull(connection, "connection");
        return FencingGuard.currentLease().flatMap(lease -> check(connection, lease.name(), lease.token()));
    }

    @Override
    public <T> Mono<T> write(
            String resource, FencingToken token, Function<? super Connection, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        FenceCall check = fence.check(resource, token);
        return inTransaction(
                resource,
                fence.write(resource, token),
                connection -> Results.done(statement(connection, check)).thenReturn(true),
                work);
    }

    @Override
    public <T> Mono<T> write(Function<? super Connection, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return FencingGuard.currentLease().flatMap(lease -> write(lease.name(), lease.token(), work));
    }

    @Override
    public <T> Mono<T> writeOnce(
            String resource,
            FencingToken token,
            String operation,
            Function<? super Connection, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        FenceCall check = fence.checkOnce(resource, token, operation);
        return inTransaction(
                resource, check.what(), connection -> Results.only(statement(connection, check), Boolean.class), work);
    }

    @Override
    public <T> Mono<T> writeOnce(
            String operation, Function<? super Connection, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return FencingGuard.currentLease().flatMap(lease -> writeOnce(lease.name(), lease.token(), operation, work));
    }

    @Override
    public Mono<Long> update(String resource, FencingToken token, String sql, UnaryOperator<Statement> bind) {
        Objects.requireNonNull(bind, "bind");
        FenceCall call = fence.update(resource, token, sql);
        Mono<Long> rows = written(call, bind, () -> fence.confirm(resource, token));
        return observed(new OpenWrite(factory, resource).refuseInside(call.what(), rows));
    }

    private Mono<Long> written(FenceCall call, UnaryOperator<Statement> bind, Supplier<FenceCall> confirm) {
        return connections.inOneStatement(
                call.what(),
                connection -> Results.written(call.what(), bound(connection, call, bind))
                        .flatMap(reply -> reply.isToBeConfirmed()
                                ? Results.committed(call.what(), statement(connection, confirm.get()))
                                        .thenReturn(0L)
                                : Mono.just(reply.written())));
    }

    @Override
    public Mono<Void> fenceRows(RowFence rows) {
        return observed(committed(fence.fenceRows(rows)));
    }

    @Override
    public Mono<Void> advance(RowFence rows, String key, FencingToken token) {
        Mono<Void> advance = committed(fence.advance(rows, key, token));
        return observation.isObserved() ? observed(advance, rows.prefix() + key, token) : advance;
    }

    @Override
    public Mono<Long> update(RowFence rows, String key, FencingToken token, String sql, UnaryOperator<Statement> bind) {
        Objects.requireNonNull(bind, "bind");
        return observed(written(fence.update(rows, key, token, sql), bind, () -> fence.confirm(rows, key, token)));
    }

    @Override
    public Mono<Long> update(String sql, UnaryOperator<Statement> bind) {
        Objects.requireNonNull(bind, "bind");
        fence.requireWrite(sql);
        return FencingGuard.currentLease().flatMap(lease -> update(lease.name(), lease.token(), sql, bind));
    }

    private <T> Mono<T> inTransaction(
            String resource,
            String what,
            Function<Connection, Mono<Boolean>> check,
            Function<? super Connection, ? extends Publisher<? extends T>> work) {
        OpenWrite write = new OpenWrite(factory, resource);
        return observed(write.refuseInside(what, connections.<T>inTransaction(what, check, write.mark(work))));
    }

    private Mono<Void> observed(Mono<Void> advance, String resource, FencingToken token) {
        return Mono.defer(() -> {
            long since = observation.moment();
            return observed(advance).doOnSuccess(done -> observation.advanced(resource, token, since));
        });
    }

    private <T> Mono<T> observed(Mono<T> call) {
        return observation.isObserved() ? call.doOnError(observation::ended) : call;
    }

    private Mono<Void> committed(FenceCall call) {
        return connections
                .inOneStatement(call.what(), connection -> Results.committed(call.what(), statement(connection, call)))
                .onErrorMap(e -> R2dbcErrors.ERRORS.own(call.what(), Stage.COMMIT, e));
    }

    private Mono<Void> check(Connection connection, FenceCall call) {
        return Mono.defer(() -> connection.isAutoCommit()
                        ? Mono.<Void>error(FenceErrors.autoCommit(call.what()))
                        : connections.reply(Results.done(statement(connection, call))))
                .onErrorMap(e -> R2dbcErrors.ERRORS.own(call.what(), Stage.OPEN, e));
    }

    private static Statement bound(Connection connection, FenceCall call, UnaryOperator<Statement> bind) {
        Statement statement = connection.createStatement(call.sql());
        Objects.requireNonNull(bind.apply(new UserBinds(statement, call.first())), "bind returned null");
        return bind(statement, call);
    }

    private static Statement statement(Connection connection, FenceCall call) {
        return bind(connection.createStatement(call.sql()), call);
    }

    private static Statement bind(Statement statement, FenceCall call) {
        int index = call.first();
        for (Object parameter : call.parameters()) {
            statement.bind(index++, parameter);
        }
        return statement;
    }
}
