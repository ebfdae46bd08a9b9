import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.ClientResources;
import io.reactivelock.*;
import io.reactivelock.pgguard.VertxFencingGuard;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.vertx.*;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;

abstract class Preamble {
    Vertx vertx;
}
