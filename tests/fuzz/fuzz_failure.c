/* Any words of a server as an error: a verdict, and one printable line. The first bytes are the
 * status; lines of the rest are code, type, message, detail and reason. */
#include "endpoint/failure.h"

#include "base/utf8.h"
#include "record/reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long statuses[] = {PROTOCOL_IN_STREAM,
                                    400,
                                    401,
                                    402,
                                    403,
                                    404,
                                    408,
                                    413,
                                    422,
                                    429,
                                    500,
                                    502,
                                    503,
                                    504,
                                    524,
                                    529};
    struct str rest = {(const char *)data + 2, size - 2};
    struct failure failure = {0};
    struct reply reply;
    struct str *fields[] = {&failure.code, &failure.type, &failure.message, &failure.detail,
                            &failure.reason};

    if (size < 2) {
        return 0;
    }
    failure.http_status = statuses[data[0] % 16];
    failure.stream_status = failure.http_status == PROTOCOL_IN_STREAM ? statuses[data[1] % 16] : 0;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct str_pair parts = str_cut(rest, '\n');

        *fields[i] = parts.head;
        rest = parts.tail;
    }
    reply_init(&reply);
    (void)failure_conclude(&failure, &reply);
    for (const char *c = reply.error.text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20) {
            abort(); /* a terminal would obey it */
        }
    }
    (void)failure_wait_s(failure.message);
    reply_release(&reply);
    return 0;
}
