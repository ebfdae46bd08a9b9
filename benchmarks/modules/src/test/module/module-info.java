/** A user's module: it names the library's by the names in their manifests. */
module user {
    requires io.reactivelock.core;
    requires io.reactivelock.redis;
    requires io.reactivelock.fencing;
    requires io.reactivelock.fencing.postgresql;
    requires io.reactivelock.fencing.r2dbc;
    requires io.reactivelock.vertx;
    requires io.reactivelock.pgguard;
    requires io.reactivelock.mutiny;
    requires io.reactivelock.testkit;
    requires io.smallrye.mutiny;
    requires io.vertx.core;
    requires io.vertx.sql.client;
    requires io.vertx.sql.client.pg;
    requires r2dbc.spi;
    requires reactor.core;
    // a library without a module-info cannot ask for it: Lettuce
    requires org.slf4j;
}
