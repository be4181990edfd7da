#include "sim/events.h"

#include "sim/frame.h"

#include <openssl/evp.h>

void sim_events_init(struct sim_events *events, enum sim_framing framing)
{
    *events = (struct sim_events){.framing = framing};
    buf_init(&events->json, SIM_REPLY_BYTES_MAX);
    buf_init(&events->out, SIM_REPLY_BYTES_MAX);
}

void sim_events_release(struct sim_events *events)
{
    buf_release(&events->json);
    buf_release(&events->out);
}

static int append_chunk(const char *bytes, size_t size, void *context)
{
    struct buf *out = context;

    buf_append(out, (struct str){bytes, size});
    return out->failure;
}

void sim_json_append(json_t *json, struct buf *out)
{
    if (json == NULL) {
        if (out->failure == 0) {
            out->failure = ERR_MEMORY;
        }
        return;
    }
    (void)json_dump_callback(json, append_chunk, out, JSON_COMPACT);
    json_decref(json);
}

json_t *sim_json_text(struct str text)
{
    return json_stringn(text.len != 0 ? text.p : "", text.len);
}

static void append_base64(struct str bytes, struct buf *out)
{
    size_t size = (bytes.len + 2) / 3 * 4;
    char *to = buf_reserve(out, size + 1);

    if (to != NULL) {
        (void)EVP_EncodeBlock((unsigned char *)to, (const unsigned char *)bytes.p, (int)bytes.len);
        out->len += size;
    }
}

static void end_line(struct sim_events *events)
{
    buf_append(&events->out, events->uses_crlf ? STR("\r\n") : STR("\n"));
}

void sim_events_line(struct sim_events *events, struct str line)
{
    buf_append(&events->out, line);
    end_line(events);
    end_line(events);
}

static void append_frame(struct sim_events *events, const char *kind, const char *name,
                         struct str payload)
{
    bool is_event = str_equal(str_from(kind), STR("event"));
    const struct sim_frame_header headers[] = {
        {":message-type", kind},
        {is_event ? ":event-type" : ":exception-type", name},
        {":content-type", "application/json"},
    };

    sim_frame_append(headers, 3, payload, &events->out);
    if (events->corrupts_next && events->out.len != 0) {
        events->out.p[events->out.len - 1] ^= 1;
        events->corrupts_next = false;
    }
}

static void append_wrapped(struct sim_events *events, struct str json)
{
    struct buf wrapped;

    buf_init(&wrapped, SIM_REPLY_BYTES_MAX);
    buf_append(&wrapped, STR("{\"bytes\":\""));
    append_base64(json, &wrapped);
    buf_append(&wrapped, STR("\",\"p\":\"abcdefghijk\"}"));
    if (events->out.failure == 0) {
        events->out.failure = wrapped.failure;
    }
    append_frame(events, "event", "chunk", buf_str(&wrapped));
    buf_release(&wrapped);
}

/* The event as text, broken off where that is asked for. */
static struct str dump(struct sim_events *events, json_t *payload)
{
    struct str json;

    buf_reset(&events->json);
    sim_json_append(payload, &events->json);
    if (events->out.failure == 0) {
        events->out.failure = events->json.failure;
    }
    json = buf_str(&events->json);
    if (events->breaks_next) {
        json = str_take(json, json.len / 2);
        events->breaks_next = false;
    }
    events->count++;
    return json;
}

void sim_events_add(struct sim_events *events, const char *name, json_t *payload)
{
    struct str json = dump(events, payload);

    switch (events->framing) {
    case FRAMING_NAMED:
        buf_appendf(&events->out, "event: %s", name);
        end_line(events);
        buf_append(&events->out, STR("data: "));
        sim_events_line(events, json);
        break;
    case FRAMING_DATA:
        buf_append(&events->out, STR("data: "));
        sim_events_line(events, json);
        break;
    case FRAMING_FRAMES:
        append_frame(events, "event", name, json);
        break;
    case FRAMING_CHUNKS:
        append_wrapped(events, json);
        break;
    }
}

void sim_events_except(struct sim_events *events, const char *name, json_t *payload)
{
    if (events->framing == FRAMING_FRAMES || events->framing == FRAMING_CHUNKS) {
        append_frame(events, "exception", name, dump(events, payload));
    } else {
        sim_events_add(events, name, payload);
    }
}

int sim_events_check(const struct sim_events *events, struct err *err)
{
    return buf_check(&events->out, "the reply", err);
}
