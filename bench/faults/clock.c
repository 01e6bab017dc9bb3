// A wall clock of a process's own, preloaded into it: the system's, moved by as many seconds as stand in the file that FAULTS_CLOCK_FILE names
// (a double, mapped, so that a change counts at once; behind it stands by how many it was moved when it was read last). The monotonic clocks are the system's, as when somebody sets the time of a machine.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile double *offset; // and the last one that counted
static int (*system_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void)
{
    system_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const char *name = getenv("FAULTS_CLOCK_FILE");
    int file = name ? open(name, O_RDWR) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, 2 * sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) offset = mapped;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!system_gettime) begin();
    int failed = system_gettime(clock, now);
    if (!failed && offset && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        double moved = *offset;
        now->tv_sec += (time_t)moved;
        if (offset[1] != moved) offset[1] = moved;
    }
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    (void)zone;
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise)) return -1;
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *seconds)
{
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (seconds) *seconds = precise.tv_sec;
    return precise.tv_sec;
}
