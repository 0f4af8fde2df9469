//! What goes wrong with networks, done to one.

use super::{Network, Route, RouteTable};

impl Network {
    /// Deletes all NAT gateways, as EC2 does it: they stay to be seen as `deleted`, and the routes to them become
    /// blackholes.
    pub fn delete_nat_gateways(&mut self) {
        for nat in self.nat_gateways.values_mut() {
            "deleted".clone_into(&mut nat.state);
        }
    }

    /// Gives a subnet a route to an internet gateway, and no other way out.
    pub fn make_public(&mut self, subnet: &str) {
        self.route_by(subnet, Some("igw-0123456789abcdef0"));
    }

    /// Takes every way out from a subnet.
    pub fn cut_off(&mut self, subnet: &str) {
        self.route_by(subnet, None);
    }

    /// Sends what leaves a subnet to this target: `nat-…`, `tgw-…` and so on.
    pub fn send_out_by(&mut self, subnet: &str, target: &str) {
        self.route_by(subnet, Some(target));
    }

    /// A subnet has one table: associating it with one takes it from the other.
    fn route_by(&mut self, subnet: &str, target: Option<&str>) {
        for table in self.route_tables.values_mut() {
            table.subnets.remove(subnet);
        }
        let local = Route::new(&self.vpc.cidr, "local");
        let out = target.map(|target| Route::new("0.0.0.0/0", target));
        let table = RouteTable {
            main: false,
            subnets: [subnet.to_owned()].into(),
            routes: [Some(local), out].into_iter().flatten().collect(),
        };
        let id = subnet.replacen("subnet-", "rtb-", 1);
        self.route_tables.insert(id, table);
    }
}
