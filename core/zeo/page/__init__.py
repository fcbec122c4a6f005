"""The page on which results are looked at: one HTML file that needs no network.

What is counted or judged is counted here; the page only shows it.
"""
