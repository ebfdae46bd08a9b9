import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.*;
import io.reactivelock.fencing.postgresql.FenceErrors.Stage;
import java.util.List;
import java.util.function.UnaryOperator;

// some driver
abstract class Preamble {
    FencingGuardOptions options;
    DriverPool pool;
}

interface DriverPool {
    Result<Void> run(String sql, List<Object> parameters);
}

interface Result<T> {
    Result<T> mapError(UnaryOperator<Throwable> to);
}

abstract class DriverException extends RuntimeException {
    abstract String sqlState();
}
