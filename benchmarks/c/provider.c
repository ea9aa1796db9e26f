// A provider in OpenAI's format that always gives the same answer, quickly enough to limit no gateway.
//
//   provider
//
// It listens on a free port of the loopback interface, prints the port, and ends when its standard input
// does. Of a request it reads `stream`, `include_usage`, `max_tokens` (the pieces of a stream, and the tokens
// that it charges) and `seed`: the microseconds between two pieces, or before an answer that is whole. Each
// piece holds the time at which it was written, by the clock that never goes back, for the client to compare.
// One id is never given twice: some gateways keep one record for each.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 65536
#define REQUEST_MAX 65536
#define PROMPT_TOKENS 48
#define TOKENS_USUAL 16
#define SECOND 1000000000LL

typedef struct {
    int fd;
    char *in, *out;
    size_t in_length, out_length, out_sent, out_room;
    int streams, shows_usage;
    long left, total;
    int64_t next, gap;
    int place; // in the heap of those that wait for their time, from 1; 0 is not in it
    char id[40];
} Connection;

static Connection *connections[DESCRIPTORS_MAX];
static Connection *waiting[DESCRIPTORS_MAX + 1];
static int waiting_count, events, timer;
static unsigned long long requests;

static const char *TEXT =
    "The most likely cause is hail. Look first at the roof and the bonnet for small round dents, then at the "
    "edges of the windscreen for chips and at the seals around it. Compare the side that faced the wind with "
    "the one that did not, and ask whether the car stood under trees. Photographs in low light from the side "
    "show dents best. If the glass is cracked, have it replaced before the car is driven.";

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

// Those that wait, the next of them first.

static void put_at(int place, Connection *c) {
    waiting[place] = c;
    c->place = place;
}

static void settle(int place) {
    Connection *c = waiting[place];
    while (place > 1 && waiting[place / 2]->next > c->next) {
        put_at(place, waiting[place / 2]);
        place /= 2;
    }
    for (;;) {
        int least = place * 2;
        if (least > waiting_count)
            break;
        if (least < waiting_count && waiting[least + 1]->next < waiting[least]->next)
            least++;
        if (waiting[least]->next >= c->next)
            break;
        put_at(place, waiting[least]);
        place = least;
    }
    put_at(place, c);
}

static void wait_for(Connection *c, int64_t next) {
    c->next = next;
    if (!c->place)
        put_at(++waiting_count, c);
    settle(c->place);
}

static void wait_no_more(Connection *c) {
    if (!c->place)
        return;
    int place = c->place;
    Connection *last = waiting[waiting_count--];
    c->place = 0;
    if (last != c) {
        put_at(place, last);
        settle(place);
    }
}

static void set_timer(void) {
    struct itimerspec at = {0};
    if (waiting_count) {
        at.it_value.tv_sec = waiting[1]->next / SECOND;
        at.it_value.tv_nsec = waiting[1]->next % SECOND;
    }
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, 0);
}

// What is written.

static void put(Connection *c, const char *data, size_t length) {
    if (c->out_length + length > c->out_room) {
        c->out_room = (c->out_length + length) * 2;
        c->out = realloc(c->out, c->out_room);
    }
    memcpy(c->out + c->out_length, data, length);
    c->out_length += length;
}

static void listen_for(Connection *c, uint32_t what) {
    struct epoll_event e = {.events = what, .data.fd = c->fd};
    epoll_ctl(events, EPOLL_CTL_MOD, c->fd, &e);
}

static void flush(Connection *c) {
    while (c->out_sent < c->out_length) {
        ssize_t sent = send(c->fd, c->out + c->out_sent, c->out_length - c->out_sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            listen_for(c, EPOLLIN | EPOLLOUT);
            return;
        }
        if (sent < 0)
            break;
        c->out_sent += sent;
    }
    c->out_sent = c->out_length = 0;
}

static void put_event(Connection *c, const char *data, int length) {
    char size[16];
    put(c, size, snprintf(size, sizeof size, "%x\r\n", length));
    put(c, data, length);
    put(c, "\r\n", 2);
}

static void put_piece(Connection *c, const char *delta, const char *rest) {
    char event[1024];
    int length = snprintf(event, sizeof event,
                          "data: {\"id\":\"%s\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,"
                          "\"model\":\"static-whole\",\"service_tier\":\"default\",\"system_fingerprint\":"
                          "\"fp_static\",\"choices\":[%s]%s}\n\n",
                          c->id, delta, rest);
    put_event(c, event, length);
}

static void put_stamp(Connection *c) {
    char delta[240];
    snprintf(delta, sizeof delta,
             "{\"index\":0,\"delta\":{\"content\":\"T%019lld and so it goes on for a while, word after word \"},\"logprobs\":null,\"finish_reason\":null}",
             (long long)now());
    put_piece(c, delta, "");
}

static void put_start(Connection *c) {
    static const char *HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                              "Transfer-Encoding: chunked\r\nx-request-id: req_static\r\n"
                              "Cache-Control: no-cache\r\n\r\n";
    put(c, HEAD, strlen(HEAD));
    put_piece(c,
              "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},"
              "\"logprobs\":null,\"finish_reason\":null}",
              "");
}

static int usage_of(Connection *c, char *text, size_t room) {
    return snprintf(text, room,
                    ",\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%ld,\"total_tokens\":%ld,"
                    "\"prompt_tokens_details\":{\"cached_tokens\":0},"
                    "\"completion_tokens_details\":{\"reasoning_tokens\":0}}",
                    PROMPT_TOKENS, c->total, PROMPT_TOKENS + c->total);
}

static void put_end(Connection *c) {
    put_piece(c, "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}", "");
    if (c->shows_usage) {
        char usage[512];
        usage_of(c, usage, sizeof usage);
        put_piece(c, "", usage);
    }
    put_event(c, "data: [DONE]\n\n", 14);
    put(c, "0\r\n\r\n", 5);
}

static void put_whole(Connection *c) {
    char usage[512], body[4096], head[256];
    usage_of(c, usage, sizeof usage);
    int length = snprintf(body, sizeof body,
                          "{\"id\":\"%s\",\"object\":\"chat.completion\",\"created\":1760000000,\"model\":"
                          "\"static-whole\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                          "\"content\":\"%s\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
                          "\"finish_reason\":\"stop\"}]%s,\"service_tier\":\"default\","
                          "\"system_fingerprint\":\"fp_static\"}",
                          c->id, TEXT, usage);
    put(c, head,
        snprintf(head, sizeof head,
                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                 "x-request-id: req_static\r\n\r\n",
                 length));
    put(c, body, length);
}

static void go_on(Connection *c) {
    if (c->streams && c->left > 0) {
        put_stamp(c);
        c->left--;
        wait_for(c, c->next + c->gap);
    } else {
        wait_no_more(c);
        if (c->streams)
            put_end(c);
        else
            put_whole(c);
    }
    flush(c);
}

// What is read.

static const char *after(const char *body, size_t length, const char *field) {
    const char *at = memmem(body, length, field, strlen(field));
    if (!at)
        return 0;
    at += strlen(field);
    while (at < body + length && (*at == ' ' || *at == ':'))
        at++;
    return at;
}

static long number(const char *body, size_t length, const char *field) {
    const char *at = after(body, length, field);
    return at && *at >= '0' && *at <= '9' ? atol(at) : -1;
}

static int is_true(const char *body, size_t length, const char *field) {
    const char *at = after(body, length, field);
    return at && body + length - at >= 4 && !memcmp(at, "true", 4);
}

static void answer(Connection *c, const char *body, size_t length) {
    snprintf(c->id, sizeof c->id, "chatcmpl-static%020llu", ++requests);
    long pause_us = number(body, length, "\"seed\"");
    long tokens = number(body, length, "\"max_tokens\"");
    if (tokens < 0)
        tokens = number(body, length, "\"max_completion_tokens\"");
    c->total = c->left = tokens < 0 ? TOKENS_USUAL : tokens;
    c->gap = pause_us > 0 ? pause_us * 1000LL : 0;
    c->streams = is_true(body, length, "\"stream\"");
    c->shows_usage = is_true(body, length, "\"include_usage\"");
    if (c->streams) {
        put_start(c);
        if (c->gap) {
            put_stamp(c);
            c->left--;
            // Streams that begin together soon go apart, as those of people do.
            wait_for(c, now() + c->gap / 2 + (int64_t)(drand48() * c->gap));
        } else {
            for (; c->left > 0; c->left--)
                put_stamp(c);
            put_end(c);
        }
    } else if (c->gap) {
        wait_for(c, now() + c->gap);
    } else {
        put_whole(c);
    }
    flush(c);
}

// Answers every whole request that was received; a body of unknown length is looked for its last chunk.
static void read_requests(Connection *c) {
    while (c->in_length) {
        char *end = memmem(c->in, c->in_length, "\r\n\r\n", 4);
        if (!end)
            return;
        size_t head = end - c->in + 4, length = 0;
        int chunked = 0;
        for (char *line = c->in; line < end;) {
            char *next = memmem(line, end - line + 2, "\r\n", 2);
            if (!strncasecmp(line, "content-length:", 15))
                length = strtoul(line + 15, 0, 10);
            else if (!strncasecmp(line, "transfer-encoding:", 18))
                chunked = 1;
            line = next + 2;
        }
        if (chunked) {
            char *last = memmem(c->in + head, c->in_length - head, "0\r\n\r\n", 5);
            if (!last)
                return;
            length = last + 5 - c->in - head;
        }
        if (c->in_length < head + length)
            return;
        answer(c, c->in + head, length);
        c->in_length -= head + length;
        memmove(c->in, c->in + head + length, c->in_length);
    }
}

static void leave(Connection *c) {
    wait_no_more(c);
    connections[c->fd] = 0;
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}

static void take(int listener) {
    int fd, one = 1;
    while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
        if (fd >= DESCRIPTORS_MAX) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        Connection *c = calloc(1, sizeof *c);
        c->fd = fd;
        c->in = malloc(REQUEST_MAX);
        connections[fd] = c;
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(events, EPOLL_CTL_ADD, fd, &e);
    }
}

static void hear(Connection *c) {
    for (;;) {
        size_t room = REQUEST_MAX - c->in_length;
        ssize_t got = room ? recv(c->fd, c->in + c->in_length, room, 0) : 0;
        if (got < 0 && errno == EAGAIN)
            break;
        if (got <= 0) {
            leave(c);
            return;
        }
        c->in_length += got;
        if ((size_t)got < room)
            break;
    }
    read_requests(c);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (void *)&address, size) || listen(listener, 4096) ||
        getsockname(listener, (void *)&address, &size)) {
        perror("provider");
        return 1;
    }
    events = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    int watched[] = {listener, timer, STDIN_FILENO};
    for (int i = 0; i < 3; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.fd = watched[i]};
        epoll_ctl(events, EPOLL_CTL_ADD, watched[i], &e);
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct epoll_event found[256];
    for (;;) {
        int count = epoll_wait(events, found, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = found[i].data.fd;
            if (fd == STDIN_FILENO) {
                char byte;
                if (read(STDIN_FILENO, &byte, 1) <= 0)
                    return 0;
            } else if (fd == listener) {
                take(listener);
            } else if (fd == timer) {
                uint64_t expired;
                if (read(timer, &expired, sizeof expired) < 0)
                    continue;
                int64_t moment = now();
                while (waiting_count && waiting[1]->next <= moment)
                    go_on(waiting[1]);
            } else if (connections[fd]) {
                Connection *c = connections[fd];
                if (found[i].events & EPOLLOUT) {
                    listen_for(c, EPOLLIN);
                    flush(c);
                }
                if (found[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                    hear(c);
            }
        }
        set_timer();
    }
}
