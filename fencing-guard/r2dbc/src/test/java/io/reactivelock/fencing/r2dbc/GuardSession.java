package io.reactivelock.fencing.r2dbc;

import reactor.core.publisher.Mono;

/** A connection of a {@link GuardSubject}. */
public interface GuardSession {
    /** Begins by the means of the driver. */
    Mono<Void> begin();

    /** Commits by the means of the driver. */
    Mono<Void> commit();

    /** Rolls back by the means of the driver. */
    Mono<Void> rollback();

    /** Runs one statement. */
    Mono<Void> run(String sql, Object... parameters);

    /** The one number that a query answers with. */
    Mono<Long> number(String sql);

    /** Gives it back. */
    Mono<Void> close();
}
