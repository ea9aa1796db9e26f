// A load client: so many connections, each sending its next request when the answer to the last is whole.
//
//   load -p PORT -u PATH -b BODY_FILE [-H 'Name: value']... -c CONNECTIONS -d SECONDS [-n REQUESTS] [-r RATE]
//
// It prints what it measured as one line of JSON; times are in microseconds. With `-r` connections are opened
// at that rate a second, or as fast as they are answered, and send one request each; when all have begun to get
// an answer, a line `open` says how many are under way, and pieces are counted from then on until the first
// answer is whole. Eight letters `a` in the body count the requests, so that no two are the same. The delay of a piece is taken from the stamp that the provider wrote into it: `T` and
// nineteen digits.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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
#include <time.h>
#include <unistd.h>

#define SAMPLES_MAX 4000000
#define HEAD_MAX 8192
#define SECOND 1000000000LL
#define GRACE_S 20
#define WAITING_MAX 128

typedef enum { SIZE, DATA, DATA_END, LAST } Part;

typedef struct {
    int fd, busy, head_done, chunked, closes, status;
    int64_t began, first;
    long length, got, chunk_left;
    Part part;
    size_t head_length;
    char head[HEAD_MAX];
    int digits; // of the stamp, with its `T`
    int64_t stamp;
    int answered;
} Connection;

typedef struct {
    double *values;
    long count;
} Samples;

static Samples whole, first, pieces;
static long ok, broken, refused, sent, sent_max = 100000000;
static int port, events, connection_count = 1, answered, counting = 1, under_way, once;
static int64_t deadline;
static Connection *connections;
static char *request, *mark, fault[200];
static unsigned asked;
static size_t request_length;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void add(Samples *to, int64_t ns) {
    if (to->count < SAMPLES_MAX)
        to->values[to->count++] = ns / 1000.0;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double share(const Samples *of, double p) {
    return of->count ? of->values[(long)(p * (of->count - 1) + 0.5)] : -1;
}

static void drop(Connection *c) {
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

static int connect_to(Connection *c) {
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (void *)&to, sizeof to)) {
        drop(c);
        return -1;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = c - connections};
    return epoll_ctl(events, EPOLL_CTL_ADD, c->fd, &e);
}

static int write_to(Connection *c) {
    // Each request asks something else, where the body says where: nobody may know the answer already.
    if (mark) {
        unsigned number = ++asked;
        for (int place = 7; place >= 0; place--, number /= 26)
            mark[place] = 'a' + number % 26;
    }
    return send(c->fd, request, request_length, MSG_NOSIGNAL) == (ssize_t)request_length ? 0 : -1;
}

// Sends the next request, on a new connection if the old one was closed between two of them.
static void ask(Connection *c) {
    if (now() >= deadline || sent >= sent_max || (once && c->answered))
        return;
    c->head_done = c->chunked = c->closes = c->status = c->digits = 0;
    c->got = c->chunk_left = 0;
    c->length = -1;
    c->part = SIZE;
    c->head_length = 0;
    c->first = 0;
    c->began = now();
    int fresh = c->fd < 0;
    if (fresh && connect_to(c)) {
        broken++;
        return;
    }
    if (write_to(c)) {
        drop(c);
        if (fresh || connect_to(c) || write_to(c)) {
            broken++;
            return;
        }
    }
    sent++;
    under_way++;
    c->busy = 1;
}

static void read_stamps(Connection *c, const char *data, size_t length, int64_t moment) {
    for (size_t i = 0; i < length; i++) {
        char ch = data[i];
        if (ch == 'T') {
            c->digits = 1;
            c->stamp = 0;
        } else if (c->digits && ch >= '0' && ch <= '9') {
            c->stamp = c->stamp * 10 + ch - '0';
            if (++c->digits == 20) {
                if (counting)
                    add(&pieces, moment - c->stamp);
                c->digits = 0;
            }
        } else {
            c->digits = 0;
        }
    }
}

static int hex(char ch) {
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch |= 32;
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

// Returns whether the answer is whole.
static int read_body(Connection *c, const char *data, size_t length, int64_t moment) {
    if (length && !c->first) {
        c->first = moment;
        if (!c->answered) {
            c->answered = 1;
            answered++;
        }
    }
    if (!c->chunked) {
        read_stamps(c, data, length, moment);
        c->got += length;
        return c->length >= 0 && c->got >= c->length;
    }
    for (size_t i = 0; i < length;) {
        char ch = data[i];
        if (c->part == DATA) {
            size_t piece = length - i < (size_t)c->chunk_left ? length - i : (size_t)c->chunk_left;
            read_stamps(c, data + i, piece, moment);
            i += piece;
            c->chunk_left -= piece;
            if (!c->chunk_left)
                c->part = DATA_END;
            continue;
        }
        i++;
        if (c->part == SIZE && hex(ch) >= 0)
            c->chunk_left = c->chunk_left * 16 + hex(ch);
        else if (c->part == SIZE && ch == '\n')
            c->part = c->chunk_left ? DATA : LAST;
        else if (c->part == DATA_END && ch == '\n')
            c->part = SIZE;
        else if (c->part == LAST && ch == '\n')
            return 1;
    }
    return 0;
}

static int read_answer(Connection *c, const char *data, size_t length, int64_t moment) {
    if (c->head_done)
        return read_body(c, data, length, moment);
    size_t room = HEAD_MAX - 1 - c->head_length, taken = length < room ? length : room,
           before = c->head_length;
    memcpy(c->head + before, data, taken);
    c->head_length += taken;
    c->head[c->head_length] = 0;
    char *end = memmem(c->head, c->head_length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    c->head_done = 1;
    c->status = atoi(c->head + 9);
    for (char *line = c->head; line < end; line = strstr(line, "\r\n") + 2) {
        if (!strncasecmp(line, "content-length:", 15))
            c->length = atol(line + 15);
        else if (!strncasecmp(line, "transfer-encoding:", 18))
            c->chunked = 1;
        else if (!strncasecmp(line, "connection: close", 17))
            c->closes = 1;
    }
    if (c->status != 200 && !fault[0])
        snprintf(fault, sizeof fault, "%.190s", end[4] ? end + 4 : c->head);
    size_t used = end + 4 - c->head - before;
    if (c->length == 0 && !c->chunked)
        return 1;
    return used < length && read_body(c, data + used, length - used, moment);
}

static void finish(Connection *c, int64_t moment) {
    c->busy = 0;
    under_way--;
    if (once)
        counting = 0;
    if (c->status == 200) {
        ok++;
        add(&whole, moment - c->began);
        add(&first, c->first - c->began);
    } else {
        refused++;
    }
    if (c->closes)
        drop(c);
    ask(c);
}

static void lose(Connection *c, int64_t moment) {
    drop(c);
    if (!c->busy)
        return;
    // Without a length an answer ends where its connection does.
    if (c->head_done && !c->chunked && c->length < 0) {
        finish(c, moment);
        return;
    }
    c->busy = 0;
    under_way--;
    broken++;
    ask(c);
}

static void hear(Connection *c) {
    static char data[1 << 18];
    while (c->fd >= 0) {
        ssize_t got = recv(c->fd, data, sizeof data, 0);
        if (got < 0 && errno == EAGAIN)
            return;
        int64_t moment = now();
        if (got <= 0) {
            lose(c, moment);
            return;
        }
        if (c->busy && read_answer(c, data, got, moment))
            finish(c, moment);
        if (got < (ssize_t)sizeof data)
            return;
    }
}

static void read_request(const char *path, const char *headers, const char *file) {
    static char body[1 << 20];
    FILE *from = fopen(file, "rb");
    if (!from) {
        perror(file);
        exit(1);
    }
    size_t length = fread(body, 1, sizeof body, from);
    fclose(from);
    request = malloc(length + HEAD_MAX);
    request_length = sprintf(request,
                             "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                             "Accept: */*\r\nUser-Agent: load/1\r\n%sContent-Length: %zu\r\n\r\n",
                             path, port, headers, length);
    memcpy(request + request_length, body, length);
    mark = memmem(request + request_length, length, "aaaaaaaa", 8);
    request_length += length;
}

static void print_results(double seconds) {
    Samples *all[] = {&whole, &first, &pieces};
    for (int i = 0; i < 3; i++)
        qsort(all[i]->values, all[i]->count, sizeof(double), compare);
    for (char *ch = fault; *ch; ch++)
        if (*ch == '"' || *ch == '\\' || (unsigned char)*ch < 32)
            *ch = ' ';
    printf("{\"sent\":%ld,\"ok\":%ld,\"refused\":%ld,\"broken\":%ld,\"seconds\":%.4f,\"us_p50\":%.1f,"
           "\"us_p95\":%.1f,\"us_p99\":%.1f,\"first_us_p50\":%.1f,\"pieces\":%ld,\"piece_us_p50\":%.1f,"
           "\"piece_us_p99\":%.1f,\"answered\":%d,\"fault\":\"%s\"}\n",
           sent, ok, refused, broken, seconds, share(&whole, .5), share(&whole, .95), share(&whole, .99),
           share(&first, .5), pieces.count, share(&pieces, .5), share(&pieces, .99), answered, fault);
}

int main(int count, char **given) {
    const char *path = "/v1/chat/completions", *file = "/dev/null";
    static char headers[HEAD_MAX / 2];
    double seconds = 1, rate = 0;
    int option;
    signal(SIGPIPE, SIG_IGN);
    while ((option = getopt(count, given, "p:u:b:H:c:d:n:r:")) > 0) {
        size_t used = strlen(headers);
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'u': path = optarg; break;
        case 'b': file = optarg; break;
        case 'H': snprintf(headers + used, sizeof headers - used, "%s\r\n", optarg); break;
        case 'c': connection_count = atoi(optarg); break;
        case 'd': seconds = atof(optarg); break;
        case 'n': sent_max = atol(optarg); break;
        case 'r': rate = atof(optarg); break;
        default: return 2;
        }
    }
    read_request(path, headers, file);
    whole.values = malloc(SAMPLES_MAX * sizeof(double));
    first.values = malloc(SAMPLES_MAX * sizeof(double));
    pieces.values = malloc(SAMPLES_MAX * sizeof(double));
    events = epoll_create1(0);
    connections = calloc(connection_count, sizeof *connections);
    for (int i = 0; i < connection_count; i++)
        connections[i].fd = -1;
    int64_t start = now(), end = start + (int64_t)(seconds * SECOND), give_up = end + GRACE_S * SECOND;
    deadline = end;
    once = rate > 0;
    counting = !once;
    int opened = 0, announced = 0;
    struct epoll_event found[256];
    for (;;) {
        int64_t moment = now();
        int due = rate > 0 ? (int)((moment - start) / (double)SECOND * rate) + 1 : connection_count;
        for (; opened < connection_count && opened < due; opened++) {
            if (once && opened - answered - refused - broken >= WAITING_MAX)
                break;
            ask(&connections[opened]);
        }
        if (once && !announced && answered + refused + broken >= connection_count) {
            announced = counting = 1;
            printf("open %d\n", under_way);
            fflush(stdout);
        }
        if (moment > give_up || ((moment >= end || sent >= sent_max) && !under_way))
            break;
        int ready = epoll_wait(events, found, 256, opened < connection_count ? 1 : 100);
        for (int i = 0; i < ready; i++)
            hear(&connections[found[i].data.u32]);
    }
    broken += under_way;
    print_results((now() - start) / (double)SECOND);
    return 0;
}
