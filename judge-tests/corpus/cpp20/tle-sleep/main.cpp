#include <condition_variable>
#include <mutex>

// Waits for a word that nobody will ever say.
int main() {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, std::chrono::seconds(60), [] { return false; });
}
