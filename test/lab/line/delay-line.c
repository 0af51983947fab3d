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
 *
 * On fast lines the kernel hands over a few packets of a connection at a time (TCP segmentation offload,
 * bounded by the device's gso_max_segs): one system call instead of one a packet. Bytes are counted as
 * the packets' own, headers and all, and each packet is lost or not by itself.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
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

enum { SAMPLE_MS = 50, TICK_US = 100, IDLE_POLL_MS = 100 };

/* The most that a read gives: 64 kB of packets that are still one, and what the device says of them. */
enum { FRAME_BYTES = 65536 + sizeof(struct virtio_net_hdr) };

/* What may be under way: 100 ms of delay and 200 ms of buffer at 1 Gbit/s, with room to spare. */
enum { RING_BYTES = 64 * 1024 * 1024 };

/* Packets of one connection in a row, or one packet of anything. */
struct frame {
  int64_t due_ns;
  /* Of all its packets at the IP layer. */
  uint32_t wire_bytes;
  /* Of what stands in `bytes`; 0: the ring goes on at its start. */
  uint32_t length;
  uint8_t bytes[];
};

struct direction {
  const char *name;
  int from, to;
  int64_t delay_ns, rate_bps, buffer_bytes;
  uint32_t loss_ppm;
  uint64_t random;
  uint8_t *ring;
  uint32_t head, tail, count;
  uint8_t *whole;
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
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
  snprintf(request.ifr_name, IFNAMSIZ, "%s", device);
  if (ioctl(fd, TUNSETIFF, &request) < 0) die(device);
  if (ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) < 0) die("TUNSETOFFLOAD");
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
  d->ring = malloc(RING_BYTES);
  d->whole = malloc(FRAME_BYTES);
  if (d->ring == NULL || d->whole == NULL) die("memory");
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

/* Room for a whole frame at the tail; NULL while there is none. */
static struct frame *room(struct direction *d) {
  uint32_t needed = sizeof(struct frame) + FRAME_BYTES;
  if (d->count == 0) d->head = d->tail = 0;
  int is_behind = d->count > 0 && d->tail <= d->head;
  uint32_t end = is_behind ? d->head : RING_BYTES;
  if (end - d->tail >= needed + sizeof(struct frame)) return (struct frame *)(d->ring + d->tail);
  if (is_behind || d->head < needed + sizeof(struct frame)) return NULL;
  ((struct frame *)(d->ring + d->tail))->length = 0;
  d->tail = 0;
  return (struct frame *)d->ring;
}

static void keep(struct direction *d, struct frame *f, int64_t due_ns) {
  f->due_ns = due_ns;
  /* The next one is to be aligned too. */
  d->tail += (sizeof(struct frame) + f->length + 7) & ~7u;
  d->count++;
}

static uint16_t folded(uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

static uint32_t sum_of(const void *data, uint32_t bytes) {
  uint32_t sum = 0;
  for (const uint16_t *p = data; bytes > 1; bytes -= 2) sum += *p++;
  return sum;
}

/* How packets stand in a frame that the kernel has not cut yet. */
struct cut {
  uint32_t header_bytes, payload_bytes, segment_bytes, segments;
};

static struct cut cut_of(const uint8_t *bytes, uint32_t length) {
  const struct virtio_net_hdr *v = (const void *)bytes;
  const struct iphdr *ip = (const void *)(v + 1);
  uint32_t packet = length - sizeof *v;
  if (v->gso_type == VIRTIO_NET_HDR_GSO_NONE) return (struct cut){packet, 0, 0, 1};
  const struct tcphdr *tcp = (const void *)((const uint8_t *)ip + ip->ihl * 4);
  struct cut c = {.header_bytes = ip->ihl * 4 + tcp->doff * 4, .segment_bytes = v->gso_size};
  c.payload_bytes = packet - c.header_bytes;
  c.segments = (c.payload_bytes + c.segment_bytes - 1) / c.segment_bytes;
  return c;
}

/* Segments `from` to `to` (exclusive) of `whole` as a frame of their own (RFC 791, RFC 9293 headers). */
static void take_part(struct frame *f, const uint8_t *whole, struct cut c, uint32_t from, uint32_t to) {
  uint32_t offset = from * c.segment_bytes;
  uint32_t end = to * c.segment_bytes < c.payload_bytes ? to * c.segment_bytes : c.payload_bytes;
  uint32_t headers = sizeof(struct virtio_net_hdr) + c.header_bytes;
  memcpy(f->bytes, whole, headers);
  memcpy(f->bytes + headers, whole + headers + offset, end - offset);
  f->length = headers + end - offset;
  f->wire_bytes = end - offset + (to - from) * c.header_bytes;
  struct virtio_net_hdr *v = (void *)f->bytes;
  if (to - from == 1) {
    v->gso_type = VIRTIO_NET_HDR_GSO_NONE;
    v->gso_size = 0;
  }
  struct iphdr *ip = (void *)(v + 1);
  struct tcphdr *tcp = (void *)((uint8_t *)ip + ip->ihl * 4);
  ip->tot_len = htons(c.header_bytes + end - offset);
  ip->id = htons(ntohs(ip->id) + from);
  ip->check = 0;
  ip->check = ~folded(sum_of(ip, ip->ihl * 4));
  tcp->seq = htonl(ntohl(tcp->seq) + offset);
  if (to < c.segments) tcp->psh = tcp->fin = 0;
  /* The sum of the pseudo header alone: who receives takes the rest as checked. */
  uint32_t tcp_bytes = c.header_bytes - ip->ihl * 4 + end - offset;
  tcp->check = folded(sum_of(&ip->saddr, 8) + htons(IPPROTO_TCP) + htons(tcp_bytes));
}

static int is_lost(struct direction *d) {
  return d->loss_ppm > 0 && next_random(&d->random) % 1000000 < d->loss_ppm;
}

/* Keeps the packets of the frame that chance leaves, in as few frames as that takes. */
static void lose_some(struct direction *d, struct frame *f, struct cut c, uint64_t lost, int64_t due_ns) {
  memcpy(d->whole, f->bytes, f->length);
  for (uint32_t from = 0; from < c.segments;) {
    uint32_t to = from;
    while (to < c.segments && !(lost >> to & 1)) to++;
    if (to > from) {
      f = room(d);
      if (f == NULL) return;
      take_part(f, d->whole, c, from, to);
      keep(d, f, due_ns);
    }
    from = to + 1;
  }
}

/* Takes what came. */
static void take(struct direction *d) {
  struct frame *f;
  while ((f = room(d)) != NULL) {
    ssize_t length = read(d->from, f->bytes, FRAME_BYTES);
    if (length <= (ssize_t)sizeof(struct virtio_net_hdr)) return;
    f->length = length;
    struct cut c = cut_of(f->bytes, length);
    f->wire_bytes = c.payload_bytes + c.segments * c.header_bytes;
    d->in += f->wire_bytes;
    int64_t leaves = leaves_at(d, now_ns(), f->wire_bytes);
    uint64_t lost = 0;
    uint32_t lost_bytes = 0;
    for (uint32_t i = 0; i < c.segments; i++) {
      if (leaves >= 0 && !is_lost(d)) continue;
      lost |= 1ull << i;
      int is_last = i == c.segments - 1;
      uint32_t payload = is_last ? c.payload_bytes - i * c.segment_bytes : c.segment_bytes;
      lost_bytes += c.header_bytes + payload;
    }
    d->lost += lost_bytes;
    if (lost == 0) keep(d, f, leaves + d->delay_ns);
    else if (lost_bytes < f->wire_bytes) lose_some(d, f, c, lost, leaves + d->delay_ns);
  }
}

static void give(struct direction *d, int64_t now) {
  while (d->count > 0) {
    struct frame *f = (struct frame *)(d->ring + d->head);
    if (f->length == 0) {
      d->head = 0;
      continue;
    }
    if (f->due_ns > now) return;
    ssize_t written = write(d->to, f->bytes, f->length);
    if (written < 0 && errno == EAGAIN) return;
    /* A device that is not up yet takes nothing. */
    *(written > 0 ? &d->out : &d->lost) += f->wire_bytes;
    d->head += (sizeof(struct frame) + f->length + 7) & ~7u;
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
