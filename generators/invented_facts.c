#include "generators/invented_facts.h"

#include "generators/draw.h"

#include "base/buf.h"
#include "base/random.h"

/* What a number belongs to; a place follows. */
static const char *const kinds[] = {
    "inventory number of the bronze bell in",
    "catalogue number of the whale skeleton in",
    "shelf number of the lost atlas in",
    "serial number of the tower clock in",
    "registration number of the last steam ferry in",
    "combination of the courthouse safe in",
    "licence number of the oldest beekeeper in",
    "ticket number of the winning raffle in",
    "locker number of the missing violin in",
    "accession number of the glass herbarium in",
    "plot number of the botanical garden in",
    "file number of the lighthouse dispute in",
    "account number of the orphans' fund in",
    "production number of the first tram in",
    "patent number of the folding bridge in",
    "membership number of the eldest clockmaker in",
    "order number of the marble staircase in",
    "telephone number of the night pharmacy in",
    "archive number of the drowned village near",
    "reference number of the comet photograph taken in",
    "parcel number of the abandoned quarry near",
    "hull number of the fire boat in",
    "certificate number of the champion rose from",
    "engine number of the airship hangar's crane in",
    "permit number of the puppet theatre in",
    "index number of the weather diary kept in",
    "casting number of the market fountain in",
    "docket number of the stolen chess set from",
    "negative number of the eclipse picture from",
    "lot number of the painted piano sold in",
    "edition number of the cookery book printed in",
    "identification number of the ringed heron seen in",
    "badge number of the first tram conductor in",
    "record number of the great hailstorm in",
    "access code of the seed vault in",
    "signal code of the harbour pilot in",
    "customs number of the amber chest in",
    "mould number of the blue porcelain made in",
    "tax number of the umbrella repair shop in",
    "policy number of the hot-air balloon insured in",
    "invoice number of the copper roof in",
    "survey number of the salt spring near",
    "entry number of the sleepwalker's diary in",
    "stock number of the paper kite factory in",
    "voucher number of the ferry strike in",
    "meter number of the public bath in",
    "claim number of the flooded cellar in",
    "queue number of the last passport issued in",
};

static const char *const places[INVENTED_FACTS_MAX] = {
    "Aalborg",   "Aarau",     "Akureyri",    "Alghero",    "Almada",    "Alta",      "Annecy",
    "Antalya",   "Aosta",     "Arequipa",    "Augsburg",   "Aveiro",    "Bamberg",   "Bari",
    "Bayonne",   "Bergen",    "Bern",        "Bilbao",     "Bolzano",   "Braga",     "Bregenz",
    "Brno",      "Bruges",    "Burgos",      "Cadiz",      "Cagliari",  "Calais",    "Celje",
    "Chania",    "Chur",      "Coimbra",     "Cork",       "Cuenca",    "Cusco",     "Debrecen",
    "Delft",     "Dijon",     "Dubrovnik",   "Dundee",     "Eger",      "Enna",      "Esbjerg",
    "Evora",     "Faro",      "Fredrikstad", "Fukuoka",    "Galway",    "Gdansk",    "Ghent",
    "Girona",    "Gmunden",   "Graz",        "Grenoble",   "Groningen", "Haarlem",   "Hakodate",
    "Hamar",     "Helsingor", "Heraklion",   "Hobart",     "Husum",     "Innsbruck", "Inverness",
    "Ioannina",  "Jaca",      "Jerez",       "Joensuu",    "Kaunas",    "Kilkenny",  "Klagenfurt",
    "Kobe",      "Kotor",     "Kuopio",      "Lecce",      "Leiden",    "Leuven",    "Limerick",
    "Ljubljana", "Lucca",     "Lugano",      "Maribor",    "Matera",    "Medellin",  "Mostar",
    "Nagasaki",  "Namur",     "Narvik",      "Odense",     "Ohrid",     "Olomouc",   "Oulu",
    "Oviedo",    "Padua",     "Passau",      "Pecs",       "Perugia",   "Piran",     "Porvoo",
    "Ptuj",      "Quimper",   "Ravenna",     "Regensburg", "Rijeka",    "Rouen",     "Salerno",
    "Sapporo",   "Segovia",   "Siena",       "Sligo",      "Soria",     "Split",     "Stavanger",
    "Szeged",    "Tampere",   "Tartu",       "Toledo",     "Torun",     "Trieste",   "Tromso",
    "Turku",     "Udine",     "Utrecht",     "Valdivia",   "Varna",     "Vejle",     "Viborg",
    "Wexford",   "Zadar",
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds, FACT_BYTES_MAX = 256 };
static const uint64_t value_min = 1000000;
static const uint64_t value_count = 9000000;

const char *invented_facts_place(size_t index)
{
    return places[index];
}

static int keep(struct buf *text, struct arena *arena, struct str *out, struct err *err)
{
    int rc = buf_check(text, "fact", err);

    if (rc != 0) {
        return rc;
    }
    *out = arena_copy(arena, buf_str(text));
    buf_reset(text);
    return out->p == NULL ? err_memory(err) : 0;
}

static int write_fact(const char *kind, const char *place, uint64_t value, struct arena *arena,
                      struct invented_fact *out, struct err *err)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, FACT_BYTES_MAX);
    buf_appendf(&text, "%llu", (unsigned long long)value);
    rc = keep(&text, arena, &out->value, err);
    if (rc == 0) {
        buf_appendf(&text, "%s %s", kind, place);
        rc = keep(&text, arena, &out->key, err);
    }
    if (rc == 0) {
        buf_appendf(&text, "The %.*s is %llu.", STR_ARG(out->key), (unsigned long long)value);
        rc = keep(&text, arena, &out->sentence, err);
    }
    if (rc == 0) {
        buf_appendf(&text, "What is the %.*s? Reply with the number only.", STR_ARG(out->key));
        rc = keep(&text, arena, &out->question, err);
    }
    buf_release(&text);
    return rc;
}

/* A number that no fact before has. */
static uint64_t draw_value(struct random *random, const uint64_t *used, size_t used_count)
{
    for (;;) {
        uint64_t value = value_min + random_below(random, value_count);
        size_t i = 0;

        while (i < used_count && used[i] != value) {
            i++;
        }
        if (i == used_count) {
            return value;
        }
    }
}

void invented_facts_draw_values(uint64_t seed, uint32_t sample, uint64_t *out, size_t count)
{
    struct random random = random_stream(seed, STR("values"), sample);

    for (size_t i = 0; i < count; i++) {
        out[i] = draw_value(&random, out, i);
    }
}

int invented_facts_draw(uint64_t seed, uint32_t sample, size_t count, struct arena *arena,
                        struct invented_fact *out, struct err *err)
{
    struct random place_random = random_stream(seed, STR("places"), sample);
    uint32_t order[INVENTED_FACTS_MAX];
    uint64_t values[INVENTED_FACTS_MAX];
    uint32_t kind = 0;
    int rc = draw_in_blocks(seed, STR("kind"), sample, KIND_COUNT, &kind, err);

    random_permutation(&place_random, order, INVENTED_FACTS_MAX);
    invented_facts_draw_values(seed, sample, values, count);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = write_fact(kinds[kind], places[order[i]], values[i], arena, &out[i], err);
    }
    return rc;
}
