"""Which of the 14 regions a place lies in: an approximation by well-known towns.

The regions are areas of electricity distribution, with borders of their own that no catalogue
states and no free outline is at hand for. So: a locality by its name, else the nearest of the towns
below when it is within 60 km. Near a border that can be the wrong side. A region's name in an
address is never used: "East England" there is a government region or a provider's own idea.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

_NEAR_KM = 60.0
_EARTH_KM = 6371.0
_COUNTRIES = frozenset({"gb", "gbr", "uk", "united kingdom", "great britain", "england",
                        "scotland", "wales"})  # fmt: skip
_SOUTH, _NORTH, _WEST, _EAST = 49.8, 61.0, -8.8, 1.8  # Great Britain and its islands
# Region number -> town: latitude, longitude. By the operator of the town's own network.
_TOWNS: dict[int, dict[str, tuple[float, float]]] = {
    1: {
        "Aberdeen": (57.149, -2.094),
        "Dundee": (56.462, -2.971),
        "Fort William": (56.820, -5.105),
        "Inverness": (57.478, -4.225),
        "Kirkwall": (58.981, -2.960),
        "Lerwick": (60.155, -1.145),
        "Perth": (56.395, -3.431),
        "Stornoway": (58.209, -6.387),
        "Wick": (58.439, -3.094),
    },
    2: {
        "Ayr": (55.463, -4.634),
        "Dumfries": (55.070, -3.605),
        "Edinburgh": (55.953, -3.188),
        "Galashiels": (55.620, -2.807),
        "Glasgow": (55.864, -4.252),
        "Livingston": (55.884, -3.523),
        "Stirling": (56.117, -3.937),
    },
    3: {
        "Blackpool": (53.818, -3.036),
        "Bolton": (53.578, -2.430),
        "Carlisle": (54.893, -2.933),
        "Lancaster": (54.047, -2.801),
        "Manchester": (53.481, -2.243),
        "Preston": (53.763, -2.703),
        "Salford": (53.483, -2.293),
        "Stockport": (53.411, -2.157),
    },
    4: {
        "Durham": (54.776, -1.575),
        "Gateshead": (54.953, -1.603),
        "Middlesbrough": (54.574, -1.235),
        "Newcastle": (54.978, -1.618),
        "Newcastle upon Tyne": (54.978, -1.618),
        "Sunderland": (54.906, -1.381),
        "York": (53.960, -1.080),
    },
    5: {
        "Bradford": (53.796, -1.759),
        "Doncaster": (53.523, -1.134),
        "Grimsby": (53.567, -0.080),
        "Huddersfield": (53.646, -1.785),
        "Hull": (53.745, -0.336),
        "Leeds": (53.801, -1.549),
        "Sheffield": (53.381, -1.470),
        "Wakefield": (53.683, -1.499),
    },
    6: {
        "Aberystwyth": (52.415, -4.083),
        "Bangor": (53.227, -4.129),
        "Birkenhead": (53.393, -3.015),
        "Chester": (53.191, -2.892),
        "Liverpool": (53.408, -2.992),
        "Wrexham": (53.046, -2.993),
    },
    7: {
        "Cardiff": (51.482, -3.179),
        "Carmarthen": (51.857, -4.312),
        "Newport": (51.588, -2.998),
        "Pembroke": (51.675, -4.913),
        "Swansea": (51.621, -3.944),
    },
    8: {
        "Birmingham": (52.486, -1.890),
        "Gloucester": (51.864, -2.244),
        "Hereford": (52.056, -2.716),
        "Stoke-on-Trent": (53.003, -2.179),
        "Wolverhampton": (52.587, -2.129),
        "Worcester": (52.193, -2.222),
    },
    9: {
        "Coventry": (52.407, -1.510),
        "Derby": (52.922, -1.477),
        "Leicester": (52.637, -1.139),
        "Lincoln": (53.230, -0.540),
        "Milton Keynes": (52.041, -0.759),
        "Northampton": (52.240, -0.903),
        "Nottingham": (52.954, -1.158),
    },
    10: {
        "Cambridge": (52.205, 0.122),
        "Chelmsford": (51.736, 0.469),
        "Colchester": (51.892, 0.901),
        "Ipswich": (52.057, 1.148),
        "Luton": (51.879, -0.420),
        "Norwich": (52.629, 1.297),
        "Peterborough": (52.570, -0.240),
        "Southend-on-Sea": (51.538, 0.714),
    },
    11: {
        "Bath": (51.381, -2.360),
        "Bristol": (51.455, -2.588),
        "Exeter": (50.726, -3.527),
        "Plymouth": (50.376, -4.143),
        "Taunton": (51.015, -3.106),
        "Truro": (50.263, -5.051),
    },
    12: {
        "Basingstoke": (51.266, -1.087),
        "Bournemouth": (50.719, -1.880),
        "Oxford": (51.752, -1.258),
        "Portsmouth": (50.820, -1.088),
        "Reading": (51.454, -0.978),
        "Salisbury": (51.069, -1.796),
        "Slough": (51.511, -0.595),
        "Southampton": (50.910, -1.404),
        "Swindon": (51.556, -1.780),
        "Winchester": (51.060, -1.310),
    },
    13: {"London": (51.507, -0.128)},
    14: {
        "Brighton": (50.823, -0.137),
        "Canterbury": (51.280, 1.079),
        "Guildford": (51.236, -0.570),
        "Hastings": (50.854, 0.573),
        "Maidstone": (51.272, 0.529),
    },
}
_BY_NAME = {
    name.casefold(): (number, point)
    for number, towns in _TOWNS.items()
    for name, point in towns.items()
}

Point = tuple[float, float]  # latitude, longitude


def region_of(locality: str | None, country: str | None, point: Point | None) -> int | None:
    """The number of the region, 1 to 14, or ``None`` when it cannot be told or is abroad.

    A name counts unless the point is far from the town of that name: there is more than one
    Newcastle, and a Birmingham in Alabama.
    """
    if country is not None and country.casefold() not in _COUNTRIES:
        return None
    named = _BY_NAME.get((locality or "").partition(",")[0].strip().casefold())
    if named and (point is None or distance_km(named[1], point) <= _NEAR_KM):
        return named[0]
    return _by_point(point) if point else None


def _by_point(point: Point) -> int | None:
    if not (_SOUTH <= point[0] <= _NORTH and _WEST <= point[1] <= _EAST):
        return None
    far, number = min((distance_km(town, point), number) for number, town in _BY_NAME.values())
    return number if far <= _NEAR_KM else None


def distance_km(one: Point, other: Point) -> float:
    """Along a great circle, by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = ((radians(lat), radians(lon)) for lat, lon in (one, other))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(chord)))
