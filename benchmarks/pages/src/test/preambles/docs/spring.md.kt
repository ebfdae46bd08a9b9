import io.reactivelock.spring.Locked
import kotlinx.coroutines.flow.Flow

class Order

interface Orders {
    suspend fun buy(id: String): Order

    fun watch(id: String): Flow<Order>
}

lateinit var orders: Orders
