/*
 * A line between two TUN devices, each in a network namespace of its own, with delay, rate, buffer
 * and random loss in either direction. Userspace, because a kernel without netem has nothing for it.
 *
 *   delay-line NEAR_NS NEAR_DEV FAR_NS FAR_DEV DOWN UP
 *
 * DOWN (far to near) and UP (near to far) are `delay_us,rate_bps,buffer_bytes,loss_ppm,seed`; a rate
 * of 0 does not limit. Counters go to stdout every SAMPLE_MS as text:
 *
 *   monotonic_ms down_in down_out down_lost up_in up_out up_lost      (bytes at the IP layer)
 *
 * `in` is what came out of the sender's shaper, `out` what was handed to the receiver, `lost` what
 * chance or a full buffer took. Ends when stdin is closed, or by a signal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { MTU = 1500, SAMPLE_MS = 50, TICK_US = 100, IDLE_POLL_MS = 100 };

/* What may be under way: 100 ms of delay and 200 ms of buffer at 1 Gbit/s, in full packets. */
enum { SLOTS = 32768 };

struct packet {
  int64_t due_ns;
  uint16_t length;
  uint8_t bytes[MTU];
};

struct direction {
  const char *name;
  int from, to;
  int64_t delay_ns, rate_bps, buffer_bytes;
  uint32_t loss_ppm;
  uint64_t random;
  struct packet *slots;
  uint32_t head, count;
  int64_t busy_until_ns;
  atomic_ullong in, out, lost;
};

static void die(const char *what) {
  fprintf(stderr, "delay-line: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* splitmix64 (Steele, Lea, Flood 2014): seeded, so that a run's losses can be had again. */
static uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static int open_tun(const char *space, const char *device) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", space);
  int ns = open(path, O_RDONLY | O_CLOEXEC);
  if (ns < 0) die(path);
  if (setns(ns, CLONE_NEWNET) < 0) die("setns");
  close(ns);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) die("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  snprintf(request.ifr_name, IFNAMSIZ, "%s", device);
  if (ioctl(fd, TUNSETIFF, &request) < 0) die(device);
  return fd;
}

static void parse(struct direction *d, const char *text) {
  unsigned long long seed;
  long long delay_us, rate, buffer;
  if (sscanf(text, "%lld,%lld,%lld,%u,%llu", &delay_us, &rate, &buffer, &d->loss_ppm, &seed) != 5) {
    fprintf(stderr, "delay-line: %s must be delay_us,rate_bps,buffer_bytes,loss_ppm,seed, not %s\n",
            d->name, text);
    exit(2);
  }
  d->delay_ns = delay_us * 1000;
  d->rate_bps = rate;
  d->buffer_bytes = buffer;
  d->random = seed;
  d->slots = malloc(sizeof(struct packet) * SLOTS);
  if (d->slots == NULL) die("memory");
}

/* When a packet that comes now leaves the line's own queue; -1 when the buffer is full. */
static int64_t leaves_at(struct direction *d, int64_t now, uint32_t length) {
  if (d->rate_bps == 0) return now;
  int64_t start = d->busy_until_ns > now ? d->busy_until_ns : now;
  int64_t waiting_bytes = (start - now) * d->rate_bps / 8 / 1000000000;
  if (waiting_bytes + length > d->buffer_bytes) return -1;
  d->busy_until_ns = start + (int64_t)length * 8 * 1000000000 / d->rate_bps;
  return d->busy_until_ns;
}

/* Takes what came; returns whether anything did. */
static int take(struct direction *d) {
  int some = 0;
  while (d->count < SLOTS) {
    struct packet *p = &d->slots[(d->head + d->count) % SLOTS];
    ssize_t length = read(d->from, p->bytes, MTU);
    if (length <= 0) break;
    some = 1;
    int64_t now = now_ns();
    d->in += length;
    int64_t leaves = leaves_at(d, now, length);
    int is_lost = d->loss_ppm > 0 && next_random(&d->random) % 1000000 < d->loss_ppm;
    if (leaves < 0 || is_lost) {
      d->lost += length;
      continue;
    }
    p->length = length;
    p->due_ns = leaves + d->delay_ns;
    d->count++;
  }
  return some;
}

static void give(struct direction *d, int64_t now) {
  while (d->count > 0) {
    struct packet *p = &d->slots[d->head];
    if (p->due_ns > now) return;
    ssize_t written = write(d->to, p->bytes, p->length);
    if (written < 0 && errno == EAGAIN) return;
    /* A device that is not up yet takes nothing. */
    *(written > 0 ? &d->out : &d->lost) += p->length;
    d->head = (d->head + 1) % SLOTS;
    d->count--;
  }
}

static void *run(void *argument) {
  struct direction *d = argument;
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  for (;;) {
    take(d);
    give(d, now_ns());
    if (d->count == 0) {
      struct pollfd poll_in = {.fd = d->from, .events = POLLIN};
      poll(&poll_in, 1, IDLE_POLL_MS);
      continue;
    }
    /* A tick rather than a wake-up for each packet: at 80,000 packets a second that is what it
       costs least, and it moves no packet by more than the tick. */
    struct timespec tick = {.tv_nsec = TICK_US * 1000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &tick, NULL);
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: delay-line NEAR_NS NEAR_DEV FAR_NS FAR_DEV DOWN UP\n");
    return 2;
  }
  static struct direction down = {.name = "DOWN"}, up = {.name = "UP"};
  parse(&down, argv[5]);
  parse(&up, argv[6]);
  int near = open_tun(argv[1], argv[2]);
  int far = open_tun(argv[3], argv[4]);
  down.from = up.to = far;
  down.to = up.from = near;
  pthread_t threads[2];
  if (pthread_create(&threads[0], NULL, run, &down) || pthread_create(&threads[1], NULL, run, &up))
    die("threads");
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (;;) {
    struct pollfd end = {.fd = 0, .events = POLLIN};
    if (poll(&end, 1, SAMPLE_MS) > 0) return 0;
    printf("%.3f %llu %llu %llu %llu %llu %llu\n", now_ns() / 1e6, down.in, down.out, down.lost, up.in,
           up.out, up.lost);
  }
}
