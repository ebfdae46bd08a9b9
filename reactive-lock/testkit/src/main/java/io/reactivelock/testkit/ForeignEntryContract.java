package io.reactivelock.testkit;

import static io.reactivelock.testkit.LockBackendContract.newHolder;
import static io.reactivelock.testkit.LockBackendContract.newName;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.Renewal;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What a backend has to do, beyond the {@link LockBackendContract}, where other programs can write to the places of its locks. */
public interface ForeignEntryContract extends LockBackendContract {
    /**
     * Returns things that are not of this project, in the place where the backend stores a lock.
     *
     * @param lockName the lock name; the entries are put there one at a time
     */
    List<ForeignEntry> foreignEntries(String lockName);

    /** Something that is not of this project, in the place of a lock. */
    interface ForeignEntry {
        /** Writes it. */
        void put();

        /** Reads it back, in any form that shows every change. */
        Object read();

        /** Takes it away. */
        void remove();
    }

    @Test
    @DisplayName("A9: something foreign in the place of a lock is an error, and is not touched")
    default void leavesForeignEntriesAlone() {
        String name = newName();
        List<ForeignEntry> entries = foreignEntries(name);
        assertThat(entries).isNotEmpty();
        entries.forEach(entry -> leavesAlone(name, entry));
    }

    private void leavesAlone(String name, ForeignEntry entry) {
        entry.put();
        Object before = entry.read();
        Holder holder = newHolder();
        assertThatThrownBy(() ->
                        time().await(backend().tryAcquire(new AcquireCommand(name, holder, longLeaseTime(), 0, 1))))
                .isInstanceOfSatisfying(
                        LockBackendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PERMANENT));
        time().await(backend()
                .renew(List.of(new Renewal(name, holder, longLeaseTime())))
                .onErrorResume(LockBackendException.class, e -> Mono.empty())
                .collectList());
        time().await(backend().release(name, holder).onErrorReturn(LockBackendException.class, false));
        assertThat(entry.read()).isEqualTo(before);
        entry.remove();
    }
}
