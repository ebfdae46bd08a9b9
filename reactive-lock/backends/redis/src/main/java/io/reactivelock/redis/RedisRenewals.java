package io.reactivelock.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.SlotHash;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Renews many leases by few calls, each of which fails alone. */
final class RedisRenewals {
    private static final RedisScript RENEW = RedisScript.load("renew.lua");
    private static final int RENEWALS_PER_CALL = 250;

    private final String keyPrefix;
    private final RedisTopology topology;
    private final MasterCheck master;

    RedisRenewals(String keyPrefix, RedisTopology topology, MasterCheck master) {
        this.keyPrefix = keyPrefix;
        this.topology = topology;
        this.master = master;
    }

    /** All calls leave at once, so that a node that does not answer delays nobody's leases but its own. */
    Flux<RenewalResult> renew(StatefulConnection<String, String> connection, List<Renewal> renewals) {
        RedisException refusal = master.refusal(connection);
        if (refusal != null) {
            return Flux.error(refusal);
        }
        return send(connection, calls(renewals));
    }

    private Flux<RenewalResult> send(StatefulConnection<String, String> connection, List<List<Renewal>> calls) {
        return Flux.fromIterable(calls)
                .flatMapDelayError(call -> call(connection, call), Integer.MAX_VALUE, RENEWALS_PER_CALL)
                .onErrorMap(Exceptions::isMultiple, RedisRenewals::first);
    }

    /** One script call has one slot in a Cluster. */
    private List<List<Renewal>> calls(List<Renewal> renewals) {
        Collection<List<Renewal>> groups = topology == RedisTopology.CLUSTER
                ? renewals.stream()
                        .collect(Collectors.groupingBy(renewal -> SlotHash.getSlot(key(renewal))))
                        .values()
                : List.of(renewals);
        List<List<Renewal>> calls = new ArrayList<>();
        for (List<Renewal> group : groups) {
            for (int from = 0; from < group.size(); from += RENEWALS_PER_CALL) {
                calls.add(group.subList(from, Math.min(from + RENEWALS_PER_CALL, group.size())));
            }
        }
        return calls;
    }

    private Flux<RenewalResult> call(StatefulConnection<String, String> connection, List<Renewal> call) {
        List<String> keys = new ArrayList<>(call.size());
        List<String> values = new ArrayList<>(2 * call.size());
        for (Renewal renewal : call) {
            keys.add(key(renewal));
            values.add(renewal.holder().toString());
            values.add(Long.toString(Operation.millis(renewal.leaseTime())));
        }
        return RENEW.run(connection, keys, values)
                .flatMap(master::vouch)
                .flatMapMany(reply -> Flux.range(0, call.size()).map(i -> result(call.get(i), reply.charAt(i) == '1')))
                // a node refuses several keys that are divided between two; of one key alone each knows who has it
                .onErrorResume(
                        e -> call.size() > 1 && RedisErrors.isDivided(e),
                        e -> send(connection, call.stream().map(List::of).toList()))
                .onErrorMap(e -> RedisErrors.map(call.get(0).name(), e));
    }

    private static RenewalResult result(Renewal renewal, boolean held) {
        return held
                ? new RenewalResult.Renewed(renewal.holder(), renewal.leaseTime())
                : new RenewalResult.Lost(renewal.holder());
    }

    /** A renewal of what nobody has: changes nothing, and needs no right but those of every renewal. */
    Mono<Void> ping(StatefulConnection<String, String> connection) {
        return RENEW.run(connection, List.of(LockKeys.lock(keyPrefix, "ping")), List.of("nobody", "1"))
                .then();
    }

    private String key(Renewal renewal) {
        return LockKeys.lock(keyPrefix, renewal.name());
    }

    /** The error of the first call that failed; those of the others go with it. */
    private static Throwable first(Throwable composite) {
        List<Throwable> errors = Exceptions.unwrapMultiple(composite);
        Throwable first = errors.get(0);
        errors.stream().skip(1).forEach(first::addSuppressed);
        return first;
    }
}
