/* A disk that takes its time: every fsync and fdatasync of a process takes SLOW_US microseconds
 * longer, one at a time; those that wait meanwhile share the next, as with a disk's own cache.
 *
 *   cc -O2 -shared -fPIC -o /tmp/slow-disk.so bench/slow-disk.c -ldl -lpthread
 *   LD_PRELOAD=/tmp/slow-disk.so SLOW_US=1000 ./dev bench queue --only "raw client: 16"
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static long begun;
static long done;
static int flushing;

static void flush(void) {
    const char *text = getenv("SLOW_US");
    long micros = text ? atol(text) : 0;
    struct timespec time = {micros / 1000000, micros % 1000000 * 1000};
    pthread_mutex_lock(&lock);
    /* One that begins after this was written. */
    for (long mine = begun + 1; done < mine;) {
        if (flushing) {
            pthread_cond_wait(&ended, &lock);
            continue;
        }
        flushing = 1;
        long number = ++begun;
        pthread_mutex_unlock(&lock);
        nanosleep(&time, 0);
        pthread_mutex_lock(&lock);
        flushing = 0;
        done = number;
        pthread_cond_broadcast(&ended);
    }
    pthread_mutex_unlock(&lock);
}

static int and_flush(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = real(file);
    flush();
    return result;
}

int fsync(int file) { return and_flush("fsync", file); }

int fdatasync(int file) { return and_flush("fdatasync", file); }
