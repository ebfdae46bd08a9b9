package io.reactivelock.testkit;

import io.reactivelock.FencingToken;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * A model of the storage with the guard, as docs/fencing.md describes it: one fence row a resource, whose lock a transaction keeps to its
 * end; commits that count up a sequence and log what they saw. It decides at once what reaches it; the way there and back is
 * {@link SimulatedConnection}'s.
 */
final class SimulatedStore {
    /** For how long a transaction may say nothing, and how long one waits for a row lock. */
    private static final Duration PATIENCE = Duration.ofMillis(500);

    final VirtualTimeScheduler truth;
    private final Guarding guarding;
    private final Map<String, Row> rows = new HashMap<>();

    SimulatedStore(VirtualTimeScheduler truth, Guarding guarding) {
        this.truth = truth;
        this.guarding = guarding;
    }

    /**
     * One accepted update.
     *
     * @param sequence its place
     * @param previous the place of the one that its writer had read
     * @param token the writer's
     * @param operation names the update
     */
    record Commit(long sequence, long previous, FencingToken token, long operation) {}

    /** What waits for a row lock. */
    private record Waiter(Transaction transaction, Runnable locked) {}

    private static final class Row {
        @Nullable
        FencingToken fence;

        final List<Commit> log = new ArrayList<>();
        final Queue<Waiter> waiting = new ArrayDeque<>();

        @Nullable
        Transaction locked;
    }

    /** The server refused: the token is lower than the highest, or not the highest holder's. */
    static final class Stale extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final long highest;

        Stale(long presented, long highest) {
            super(presented + " is stale, the highest is " + highest, null, false, false);
            this.highest = highest;
        }
    }

    /** The server gave up, and nothing was written. */
    static final class Aborted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Aborted(String why) {
            super(why, null, false, false);
        }
    }

    /** The server's side of one transaction. Ended by its commit, its rollback, or a silence that is too long. */
    final class Transaction {
        private final Row row;
        private @Nullable FencingToken raised;
        private @Nullable Commit write;
        private boolean ended;
        private int heard;

        private Transaction(Row row) {
            this.row = row;
            hear();
        }

        /** Idle transactions are ended. // E13 */
        private void hear() {
            int now = ++heard;
            outOfPatience(() -> {
                if (heard == now) {
                    end();
                }
            });
        }

        private boolean isEnded(Consumer<RuntimeException> refuse) {
            if (ended) {
                refuse.accept(new Aborted("the transaction was ended by the server"));
            } else {
                hear();
            }
            return ended;
        }

        /** Locks the fence row, until the end of the transaction, and compares. */
        void check(FencingToken token, Runnable passed, Consumer<RuntimeException> refuse) {
            if (isEnded(refuse)) {
                return;
            }
            Runnable locked = () -> {
                FencingToken fence = row.fence;
                if (fence != null && isRefused(token, fence)) {
                    end();
                    refuse.accept(new Stale(token.value(), fence.value()));
                } else {
                    raised = token;
                    passed.run();
                }
            };
            if (row.locked == null || row.locked == this) {
                row.locked = this;
                locked.run();
            } else {
                Waiter waiter = new Waiter(this, locked);
                row.waiting.add(waiter);
                outOfPatience(() -> {
                    if (row.waiting.remove(waiter)) {
                        refuse.accept(new Aborted("the row lock was not free in time"));
                        end();
                    }
                });
            }
        }

        /** What is committed now. */
        void read(Consumer<Long> sequence, Consumer<RuntimeException> refuse) {
            if (!isEnded(refuse)) {
                sequence.accept((long) row.log.size());
            }
        }

        void write(
                long previous, FencingToken token, long operation, Runnable done, Consumer<RuntimeException> refuse) {
            if (!isEnded(refuse)) {
                write = new Commit(0, previous, token, operation);
                done.run();
            }
        }

        void commit(Runnable done, Consumer<RuntimeException> refuse) {
            if (isEnded(refuse)) {
                return;
            }
            FencingToken token = raised;
            if (token != null) {
                row.fence = token;
            }
            Commit commit = write;
            if (commit != null) {
                row.log.add(new Commit(row.log.size() + 1L, commit.previous, commit.token, commit.operation));
            }
            end();
            done.run();
        }

        /** Ends the transaction, if it has not ended; what was not committed leaves no trace. */
        void end() {
            ended = true;
            heard++;
            row.waiting.removeIf(waiter -> waiter.transaction == this);
            if (row.locked == this) {
                row.locked = null;
                Waiter next = row.waiting.poll();
                if (next != null) {
                    row.locked = next.transaction;
                    next.locked.run();
                }
            }
        }
    }

    private void outOfPatience(Runnable then) {
        truth.schedule(then, PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    }

    Transaction begin(String resource) {
        return new Transaction(row(resource));
    }

    /** Whether a plain look, with no lock, finds the token good. */
    boolean looksGood(String resource, FencingToken token) {
        FencingToken fence = row(resource).fence;
        return fence == null || !isRefused(token, fence);
    }

    boolean isIdle() {
        return rows.values().stream().allMatch(row -> row.locked == null && row.waiting.isEmpty());
    }

    private Row row(String resource) {
        return rows.computeIfAbsent(resource, unseen -> new Row());
    }

    private boolean isRefused(FencingToken token, FencingToken fence) {
        return token.value() < fence.value()
                || (token.value() == fence.value()
                        && !token.holder().equals(fence.holder())
                        && guarding != Guarding.NOT_STRICT);
    }

    /** Judges what was accepted; in words what is wrong with it. // E1, E3, D1, D3 */
    Set<String> judge(Set<Long> acknowledged, Set<Long> refused) {
        Set<String> wrong = new HashSet<>();
        Set<Long> accepted = new HashSet<>();
        rows.forEach((resource, row) -> {
            Map<Long, FencingToken> holders = new HashMap<>();
            long highest = 0;
            for (Commit commit : row.log) {
                accepted.add(commit.operation);
                if (commit.previous != commit.sequence - 1) {
                    wrong.add("lost update: " + resource + " " + commit);
                }
                if (commit.token.value() < highest) {
                    wrong.add("stale write accepted: " + resource + " " + commit + " after " + highest);
                }
                highest = Math.max(highest, commit.token.value());
                FencingToken other = holders.putIfAbsent(commit.token.value(), commit.token);
                if (other != null && !other.equals(commit.token)) {
                    wrong.add("one token, two holders: " + resource + " " + commit);
                }
            }
        });
        acknowledged.stream()
                .filter(operation -> !accepted.contains(operation))
                .forEach(operation -> wrong.add("acknowledged, and not there: operation " + operation));
        refused.stream()
                .filter(accepted::contains)
                .forEach(operation -> wrong.add("refused, and there: operation " + operation));
        return wrong;
    }
}
