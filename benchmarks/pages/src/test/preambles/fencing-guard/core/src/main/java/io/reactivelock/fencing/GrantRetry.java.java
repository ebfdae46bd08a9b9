import io.reactivelock.*;
import io.reactivelock.fencing.*;
import io.vertx.core.Future;
import java.util.function.Function;

// a client that is not the one of Reactor
abstract class Preamble {
    Locks locks;
    FencingGuardOptions options;

    abstract Future<Void> advance(Lease lease);
}

interface Locks {
    <T> Future<T> withLock(LockRequest request, Function<Lease, Future<T>> work);
}
