/* simulate.c - one series: its unit and length, scale, rounding, gaps; see simulate.h. */
#include "simulate.h"

#include "simulate_internal.h"

#include <math.h>
#include <string.h>

/* ---- what a step is -------------------------------------------------------------------------- */

#define MONTHS RNN_SIM_MONTHS
#define DAYS RNN_SIM_DAYS

/* Weights are percent. Columns as in rnn_sim_unit. */
static const rnn_sim_unit units[] = {
    {30.0, {12, 1}, 6, 400, {30, 200}, 18, 12.0, MONTHS, 1.0, 0.055, 0.095, 0.9},
    {15.0, {4, 1}, 4, 200, {16, 110}, 8, 4.0, MONTHS, 3.0, 0.03, 0.04, 1.1},
    {15.0, {1, 1}, 3, 100, {10, 50}, 6, 1.0, MONTHS, 12.0, 0.05, 0.0, 1.2},
    {10.0, {52, 1}, 10, 1900, {60, 600}, 13, 52.1775, DAYS, 7.0, 0.07, 0.12, 0.7},
    {12.0, {7, 1}, 10, 1900, {60, 900}, 14, 365.2425, DAYS, 1.0, 0.11, 0.2, 0.6},
    {3.0, {24, 1}, 24, 1900, {72, 700}, 48, 8765.82, DAYS, 1.0 / 24.0, 0.09, 0.4, 0.5},
    {5.0, {24, 168}, 48, 1900, {336, 1200}, 48, 8765.82, DAYS, 1.0 / 24.0, 0.09, 0.4, 0.5},
    {2.0, {5, 1}, 10, 1900, {60, 800}, 10, 260.9, RNN_SIM_NONE, 1.0, 0.08, 0.1, 0.8},
    {1.0, {48, 336}, 48, 1900, {300, 1200}, 48, 0.0, RNN_SIM_NONE, 1.0, 0.08, 0.4, 0.4},
    {1.0, {6, 1}, 6, 300, {20, 120}, 6, 6.0, MONTHS, 2.0, 0.05, 0.08, 0.9},
    {1.0, {13, 1}, 8, 400, {30, 150}, 13, 13.04, RNN_SIM_NONE, 1.0, 0.05, 0.08, 0.9},
    {0.7, {60, 1}, 60, 1900, {180, 900}, 30, 0.0, RNN_SIM_NONE, 1.0, 0.08, 0.2, 0.5},
    {0.8, {96, 672}, 96, 1900, {400, 1500}, 48, 0.0, RNN_SIM_NONE, 1.0, 0.07, 0.4, 0.4},
    {0.5, {2, 1}, 4, 100, {10, 50}, 6, 2.0, MONTHS, 6.0, 0.05, 0.08, 1.0},
    {0.5, {3, 1}, 6, 200, {15, 100}, 6, 3.0, MONTHS, 4.0, 0.05, 0.08, 1.0},
    {0.5, {10, 1}, 10, 500, {30, 200}, 10, 0.0, RNN_SIM_NONE, 1.0, 0.08, 0.2, 0.7},
    {2.0, {1, 1}, 6, 1900, {40, 500}, 12, 0.0, RNN_SIM_NONE, 1.0, 0.08, 0.0, 0.9},
};

enum { UNITS = sizeof units / sizeof units[0] };

static void draw_unit(rnn_sim *s) {
    double weight[UNITS];
    for (size_t i = 0; i < UNITS; i++) weight[i] = units[i].weight;
    s->unit = &units[rnn_draw_weighted(&s->draws, weight, UNITS)];
}

/* Log-uniform between the usual lengths, or, one in five, between the extreme ones. */
static void draw_length(rnn_sim *s) {
    const rnn_sim_unit *u = s->unit;
    int usual = rnn_draw_chance(&s->draws, 0.8);
    double least = (double)(usual ? u->usual[0] : u->shortest);
    double most = (double)(usual ? u->usual[1] : u->longest);
    s->horizon = u->horizon;
    s->length = (size_t)rnn_draw_log_uniform(&s->draws, least, most + 1.0) + u->horizon;
}

/* A first step between 1945 and 2020, and its place in the nominal season. */
static void draw_start(rnn_sim *s) {
    size_t m = s->unit->season[1] > 1 ? s->unit->season[1] : s->unit->season[0];
    double year = rnn_draw_uniform(&s->draws, 1945.0, 2020.0);
    s->phase = rnn_draw_between(&s->draws, 0, m - 1);
    if (s->unit->calendar == MONTHS) {
        s->start = floor(year) * 12.0 + (double)rnn_draw_between(&s->draws, 0, 11);
    } else {
        s->start = floor((year - 1970.0) * 365.2425);
    }
}

/* ---- from relative units to figures ---------------------------------------------------------- */

/* Finite, not below zero where that makes no sense, and not further from its middle than a series
** that people keep: the largest is below 2,000 times the mean of the values. */
static int plausible(const rnn_sim *s) {
    double sum = 0.0, most = 0.0;
    for (size_t t = 0; t < s->length; t++) {
        if (!isfinite(s->value[t]) || (s->nonnegative && s->value[t] < 0.0)) return 0;
        sum += fabs(s->value[t]);
        most = fabs(s->value[t]) > most ? fabs(s->value[t]) : most;
    }
    return most < 1e12 && most * (double)s->length <= 2000.0 * sum;
}

/* Ten times with other draws; the last resort is a noisy level. */
static void draw_values(rnn_sim *s) {
    rnn_draws draws = s->draws;
    for (uint64_t attempt = 0; attempt < 10; attempt++) {
        s->draws.key = rnn_stream(draws.key, 1, attempt);
        s->draws.next = 0;
        s->nonnegative = 1;
        s->counts = 0;
        rnn_sim_run(s);
        if (!plausible(s)) continue;
        rnn_sim_add_events(s);
        if (plausible(s)) return;
    }
    s->nonnegative = 1;
    s->counts = 0;
    for (size_t t = 0; t < s->length; t++) {
        s->value[t] = exp(0.05 * rnn_draw_normal(&s->draws));
    }
}

/* Decimals to round to, -1: none. Seldom so coarse that steps can be seen. */
static int draw_decimals(rnn_sim *s, double scale) {
    double fine = scale * (s->noise < 0.1 ? s->noise : 0.1);
    int coarse = rnn_draw_chance(&s->draws, 0.08);
    if (rnn_draw_chance(&s->draws, 0.15)) return -1;
    if (fine > 1.0 || (coarse && fine > 0.1)) return 0;
    if (fine > 0.1 || (coarse && fine > 0.01)) return 1;
    if (fine > 0.01 || (coarse && fine > 0.001)) return 2;
    return fine > 0.0005 ? 4 : -1;
}

/* Any order of magnitude, mostly hundreds to millions; decimals as people write them. Counts stay
** as they are, but for some that are in packs or have a price. */
static void take_scale(rnn_sim *s) {
    double scale = pow(10.0, rnn_draw_uniform(&s->draws, 1.0, 5.5)), power = 1.0;
    int decimals;
    if (rnn_draw_chance(&s->draws, 0.25)) scale = pow(10.0, rnn_draw_uniform(&s->draws, -2.0, 9.0));
    if (s->counts && !rnn_draw_chance(&s->draws, 0.07)) return;
    decimals = draw_decimals(s, scale);
    for (int i = 0; i < decimals; i++) power *= 10.0;
    for (size_t t = 0; t < s->length; t++) {
        double v = s->value[t] * scale;
        s->value[t] = decimals < 0 ? v : floor(v * power + 0.5) / power;
    }
}

/* In 3 % a stretch, in 1 % single values are missing; never the last one before the horizon nor any
** after it. */
static void lose_values(rnn_sim *s) {
    size_t history = s->length - s->horizon;
    int stretch = rnn_draw_chance(&s->draws, 0.03), single = rnn_draw_chance(&s->draws, 0.01);
    double p = rnn_draw_log_uniform(&s->draws, 0.01, 0.15);
    if (history < 8) return;
    if (stretch) {
        size_t steps = rnn_draw_between(&s->draws, 1, history / 6);
        size_t from = rnn_draw_between(&s->draws, 1, history - steps - 1);
        for (size_t t = from; t < from + steps; t++) s->value[t] = NAN;
    }
    for (size_t t = 1; single && t + 1 < history; t++) {
        if (rnn_draw_chance(&s->draws, p)) s->value[t] = NAN;
    }
}

/* ---- one series ------------------------------------------------------------------------------ */

rnn_status rnn_simulate(rnn_context *ctx, uint64_t seed, uint64_t number, rnn_simulated *out) {
    rnn_sim s = {0};
    memset(out, 0, sizeof *out);
    s.draws.key = rnn_stream(seed, number, 0);
    draw_unit(&s);
    draw_length(&s);
    draw_start(&s);
    s.seasonal = s.unit->season[0] > 1 && rnn_draw_chance(&s.draws, 0.75);
    s.part = rnn_alloc_array(ctx, 2 * s.length, sizeof(double));
    s.value = s.part ? rnn_alloc_array(ctx, s.length, sizeof(double)) : NULL;
    if (s.value == NULL) {
        rnn_free(ctx, s.part);
        return ctx->status;
    }
    s.work = s.part + s.length;
    draw_values(&s);
    take_scale(&s);
    lose_values(&s);
    rnn_free(ctx, s.part);
    out->length = s.length;
    out->season[0] = s.unit->season[0];
    out->season[1] = s.unit->season[1];
    out->value = s.value;
    return RNN_OK;
}

void rnn_simulated_free(rnn_context *ctx, rnn_simulated *s) {
    rnn_free(ctx, s->value);
    memset(s, 0, sizeof *s);
}
