package io.reactivelock.redis;

import io.lettuce.core.api.StatefulConnection;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The connections on which scripts run: one for renewals, and one for all the rest. What is slow on the latter, a script or a
 * subscriber, keeps no renewal waiting. // B8
 */
final class ScriptConnections {
    private static final Logger LOG = Loggers.getLogger(ScriptConnections.class);

    final RedisTopology topology;
    final LazyConnection<? extends StatefulConnection<String, String>> commands;
    final LazyConnection<? extends StatefulConnection<String, String>> renewals;
    final MasterCheck commandsMaster;
    final MasterCheck renewalsMaster;

    /**
     * The connection for renewals is opened right after that for commands, whoever asks for which. So Netty, which hands out the event
     * loops of one client in turn, gives them two.
     */
    ScriptConnections(
            RedisTopology topology,
            LazyConnection<? extends StatefulConnection<String, String>> commands,
            LazyConnection<? extends StatefulConnection<String, String>> renewals) {
        this.topology = topology;
        this.commandsMaster = MasterCheck.of(topology);
        this.renewalsMaster = MasterCheck.of(topology);
        this.commands = commands.whenOpened(opened -> {
            commandsMaster.watch(opened);
            EvictionWarning.ask(opened);
            openRenewals();
        });
        this.renewals = renewals.after(this.commands).whenOpened(renewalsMaster::watch);
    }

    private void openRenewals() {
        renewals.get().subscribe(opened -> {}, e -> LOG.debug("The first renewal will connect again", e));
    }

    Mono<Void> open() {
        return renewals.get().then();
    }

    Mono<Void> close() {
        return Mono.whenDelayError(commands.close(), renewals.close()).doFirst(() -> {
            commandsMaster.stop();
            renewalsMaster.stop();
        });
    }
}
