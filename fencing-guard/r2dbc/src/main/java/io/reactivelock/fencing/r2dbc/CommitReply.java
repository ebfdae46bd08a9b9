package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Result;
import io.reactivelock.fencing.postgresql.FenceErrors;
import java.util.Set;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** What the server says, bit by bit, to what commits. Read by one subscription. */
final class CommitReply {
    /** Success, warning and no data; every other class of SQLSTATE is an error. */
    private static final Set<String> NOTICES = Set.of("00", "01", "02");

    private static final String WARNING = "01000";

    private final String what;
    private long inRow = -1;
    private long counted = -1;

    CommitReply(String what) {
        this.what = what;
    }

    /** What comes after the number of the first statement's rows comes with the commit. */
    Publisher<Void> read(Result.Segment segment) {
        if (segment instanceof Result.RowSegment row) {
            Object value = row.row().get(0);
            inRow = value instanceof Long number ? number : -1;
        } else if (segment instanceof Result.UpdateCount count) {
            counted = count.value();
        } else if (segment instanceof Result.Message message) {
            String state = String.valueOf(message.sqlState());
            if (!NOTICES.contains(state.substring(0, 2))) {
                return Mono.error(message.exception());
            }
            if (counted >= 0 && state.equals(WARNING)) {
                return Mono.error(FenceErrors.unconfirmed(what, message.message()));
            }
        }
        return Mono.empty();
    }

    /** Whether nothing was written, and the statement itself does not say that it was let through. */
    boolean isToBeConfirmed() {
        return inRow < 0 && counted <= 0;
    }

    long written() {
        return inRow < 0 ? Math.max(0, counted) : inRow;
    }
}
