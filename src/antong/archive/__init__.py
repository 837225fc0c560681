"""What becomes of a case that has ended: lawful destruction, by two people, with proof."""
