package io.reactivelock.spring.actuate;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** What health and endpoint know of the locks. Only where one of them is there. */
@Configuration(proxyBeanMethods = false)
class LockActivityConfiguration {
    @Bean
    @ConditionalOnMissingBean
    LockActivity lockActivity() {
        return new LockActivity(Schedulers.parallel());
    }
}
