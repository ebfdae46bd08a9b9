package io.reactivelock.chaos.fault;

import io.lettuce.core.internal.HostAndPort;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DnsResolvers;
import io.lettuce.core.resource.MappingSocketAddressResolver;
import java.util.Map;

/**
 * Where workers find Redis. The servers of Sentinel and of a Cluster announce their own addresses, so the client has to translate
 * them to those of the proxies. Immutable; made of plain values, so that it can be handed to another process.
 *
 * @param topology how Redis is run
 * @param uri as Lettuce reads it: of the server, of the sentinels, of a node of the Cluster
 * @param proxies the port of the proxy for the port of each server
 */
public record RedisAddress(ChaosTopology topology, String uri, Map<Integer, Integer> proxies) {
    public RedisAddress {
        proxies = Map.copyOf(proxies);
    }

    /**
     * Starts what a Lettuce client is to be made with, so that it connects to the proxies instead of the servers.
     *
     * @return resources, for the caller to shut down
     */
    public ClientResources resources() {
        return ClientResources.builder()
                .socketAddressResolver(MappingSocketAddressResolver.create(DnsResolvers.UNRESOLVED, this::throughProxy))
                .build();
    }

    private HostAndPort throughProxy(HostAndPort server) {
        Integer proxy = proxies.get(server.getPort());
        return proxy == null ? server : HostAndPort.of(server.getHostText(), proxy);
    }
}
