package io.reactivelock.spring.client;

import io.r2dbc.spi.ConnectionFactory;

/** The guard was asked for, and the application's database is another one than the guard's. */
final class NotPostgresException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private static final String POSTGRES = "PostgreSQL";

    private NotPostgresException(String database) {
        super("the fencing guard is one of " + POSTGRES + ", and the ConnectionFactory is one of " + database);
    }

    /** Returns the pool. */
    static ConnectionFactory requirePostgres(ConnectionFactory pool) {
        String database = pool.getMetadata().getName();
        if (!database.equals(POSTGRES)) {
            throw new NotPostgresException(database);
        }
        return pool;
    }
}
