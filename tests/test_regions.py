import pytest

from gridctl.errors import UsageError
from gridctl.regions import all_regions, find_region, places_of, same_name


def test_there_are_fourteen_with_one_letter_each() -> None:
    regions = all_regions()
    assert [region.number for region in regions] == list(range(1, 15))
    assert sorted(region.gsp_group for region in regions) == list("ABCDEFGHJKLMNP")


def test_every_postcode_area_of_great_britain_has_one_region() -> None:
    areas = [area for region in all_regions() for area in region.postcode_areas]
    assert len(areas) == len(set(areas)) == 120


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13", 13),
        ("C", 13),
        ("_c", 13),
        ("london", 13),
        (" London ", 13),
        ("EC1V", 13),
        ("N1", 13),
        ("N", 2),
        ("North Wales & Merseyside", 6),
        ("north wales and merseyside", 6),
        ("RG10", 12),
        ("RG10 9NY", 12),
        ("eh8", 2),
        ("1", 1),
    ],
)
def test_ways_of_naming_a_region(text: str, number: int) -> None:
    assert find_region(text).number == number


@pytest.mark.parametrize("text", ["Londn", "0", "15", "ZZ1", "", "I", "²"])
def test_an_unknown_region_is_refused_with_the_closest(text: str) -> None:
    with pytest.raises(UsageError, match=r"there is no region .*(did you mean|name one by)"):
        find_region(text)


def test_the_closest_is_named() -> None:
    with pytest.raises(UsageError, match="London"):
        find_region("Londn")


def test_greater_london_is_not_london() -> None:
    assert not same_name("Greater London", "London")
    assert same_name("North Wales & Merseyside", "North Wales and  Merseyside")


@pytest.mark.parametrize(
    ("names", "home", "regions", "first"),
    [
        (["London", "1", "EC1"], None, (13, 1), 13),
        (["1"], 5, (5, 1), 5),
        (["any", "London"], None, (13, *range(1, 13), 14), 13),
        (["any"], None, tuple(range(1, 15)), None),
        (["held", "2"], None, (2, 9), 2),
        (["Held"], None, (9,), None),
    ],
)
def test_places_of_names(
    names: list[str], home: int | None, regions: tuple[int, ...], first: int | None
) -> None:
    assert places_of(names, home, {"held": [9]}) == {"regions": regions, "home": first}


def test_no_names_are_no_places() -> None:
    assert places_of([]) == {}
    assert places_of(["held"], groups={"held": []}) == {}
    with pytest.raises(UsageError, match="Narnia"):
        places_of(["any", "Narnia"])
