package io.reactivelock.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import reactor.core.scheduler.Schedulers;

class LocksEndpointWebExtensionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final LockActivity activity = new LockActivity(Schedulers.parallel());
    private final LockClient locks = LockClient.create(
            InMemoryLockBackend.create(), LockClientOptions.defaults().observer(activity));

    private record Caller(Principal getPrincipal, Set<String> roles) implements SecurityContext {
        static Caller inRoles(String... roles) {
            return new Caller(() -> "ann", Set.of(roles));
        }

        @Override
        public Principal getPrincipal() {
            return getPrincipal;
        }

        @Override
        public boolean isUserInRole(String role) {
            return roles.contains(role);
        }
    }

    @BeforeEach
    void lock() {
        locks.acquire(LockRequest.of("item/42")).block(PATIENCE);
    }

    @AfterEach
    void close() {
        locks.close().block(PATIENCE);
    }

    private LocksEndpointWebExtension showing(Show showValues, String... roles) {
        LocksEndpoint endpoint = new LocksEndpoint(activity, locks, List.of(), showValues);
        return new LocksEndpointWebExtension(endpoint, new LocksEndpointProperties(showValues, Set.of(roles)));
    }

    private static String name(LocksEndpointWebExtension endpoint, SecurityContext caller) {
        return endpoint.locks(caller).locks().get(0).name();
    }

    @Test
    void masksNames() {
        assertThat(name(showing(Show.NEVER), Caller.inRoles("admin"))).isEqualTo("******");
        assertThat(name(showing(Show.ALWAYS), SecurityContext.NONE)).isEqualTo("item/42");
    }

    @Test
    void showsNamesToWhomTheyMayBeShown() {
        assertThat(name(showing(Show.WHEN_AUTHORIZED), SecurityContext.NONE)).isEqualTo("******");
        assertThat(name(showing(Show.WHEN_AUTHORIZED), Caller.inRoles())).isEqualTo("item/42");
        assertThat(name(showing(Show.WHEN_AUTHORIZED, "admin"), Caller.inRoles("user")))
                .isEqualTo("******");
        assertThat(name(showing(Show.WHEN_AUTHORIZED, "admin"), Caller.inRoles("admin")))
                .isEqualTo("item/42");
    }

    @Test
    void findsALockByTheSegmentsOfItsName() {
        WebEndpointResponse<LocksEndpoint.LockDescriptor> found =
                showing(Show.NEVER).lock(SecurityContext.NONE, "item", "42");

        assertThat(found.getStatus()).isEqualTo(200);
        LocksEndpoint.LockDescriptor lock = Objects.requireNonNull(found.getBody());
        assertThat(lock.name()).isEqualTo("******");
        assertThat(lock.locks()).hasSize(1);
        assertThat(showing(Show.NEVER).lock(SecurityContext.NONE, "item").getStatus())
                .isEqualTo(404);
    }
}
