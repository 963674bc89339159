#include <pthread.h>

namespace planted {
int start(pthread_t* thread, void* (*body)(void*)) { return pthread_create(thread, nullptr, body, nullptr); }
}  // namespace planted
